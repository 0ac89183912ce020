'use client';

import { Search, X } from 'lucide-react';
import { useEffect, useState, type RefObject } from 'react';
import { workspaceStatuses, type ListedWorkspace, type WorkspaceStatus } from '@/contract/workspace';
import { useIsAdmin } from '@/components/frame/person-context';
import { Button } from '@/components/ui/button';
import { SelectInput, TextInput } from '@/components/ui/field';
import { shortRepository } from '@/components/workspaces/repository-label';
import { isFiltered, type WorkspaceListFilter } from '@/components/workspaces/workspace-filter';
import { workspaceStateWord } from '@/components/workspaces/workspace-state';

interface FilterBarProps {
  filter: WorkspaceListFilter;
  workspaces: ListedWorkspace[];
  searchRef: RefObject<HTMLInputElement | null>;
  onChange: (change: Partial<WorkspaceListFilter>) => void;
}

/** Narrows the list: by text, state, repository and, for administrators, owner. Offers only what there is. */
export function FilterBar({ filter, workspaces, searchRef, onChange }: FilterBarProps) {
  const isAdmin = useIsAdmin();
  const repositories = [...new Set(workspaces.map(({ repositoryUrl }) => repositoryUrl))].sort();
  const owners = new Map(workspaces.map(({ owner }) => [owner.id, owner.login]));
  return (
    <div role="search" aria-label="Filter the workspaces" className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap sm:items-center">
      <SearchField text={filter.text} inputRef={searchRef} onChange={(text) => onChange({ text })} />
      <StateFilter states={filter.states} workspaces={workspaces} onChange={(states) => onChange({ states })} />
      {(repositories.length > 1 || filter.repositoryUrl) && (
        <Choice label="Repository" all="All repositories" value={filter.repositoryUrl} options={repositories.map((url) => [url, shortRepository(url)])} onChange={(repositoryUrl) => onChange({ repositoryUrl })} />
      )}
      {isAdmin && (owners.size > 1 || filter.ownerId) && <Choice label="Owner" all="Everybody’s" value={filter.ownerId} options={[...owners]} onChange={(ownerId) => onChange({ ownerId })} />}
      {isFiltered(filter) && (
        <Button variant="quiet" icon={<X aria-hidden className="size-4" />} onClick={() => onChange({ states: [], ownerId: null, repositoryUrl: null, text: '' })}>
          Clear
        </Button>
      )}
    </div>
  );
}

/** Keeps what is being typed itself: the address follows, and may lag a moment behind the keys. */
function SearchField({ text, inputRef, onChange }: { text: string; inputRef: RefObject<HTMLInputElement | null>; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    if (document.activeElement !== inputRef.current) setTyped(text);
  }, [text, inputRef]);
  return (
    <div className="relative col-span-2 min-w-0 sm:w-64">
      <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-faint" />
      <TextInput
        ref={inputRef}
        type="search"
        aria-label="Filter by text"
        placeholder="Name, repository, branch"
        className="pl-8"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          onChange(event.target.value);
        }}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
    </div>
  );
}

function StateFilter({ states, workspaces, onChange }: { states: WorkspaceStatus[]; workspaces: ListedWorkspace[]; onChange: (states: WorkspaceStatus[]) => void }) {
  const counts = new Map<WorkspaceStatus, number>();
  for (const { status } of workspaces) counts.set(status, (counts.get(status) ?? 0) + 1);
  const offered = workspaceStatuses.filter((status) => counts.has(status) || states.includes(status));
  const options = offered.map((status): ChoiceProps['options'][number] => [status, `${workspaceStateWord(status)} (${counts.get(status) ?? 0})`]);
  if (states.length > 1) options.push([states.join(','), states.map(workspaceStateWord).join(', ')]); // only an address can ask for several
  return (
    <Choice
      label="State"
      all={counts.has('archived') ? 'Not archived' : 'All states'}
      value={states.join(',') || null}
      options={options}
      onChange={(value) => onChange(workspaceStatuses.filter((status) => value?.split(',').includes(status)))}
    />
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  value: string | null;
  options: (readonly [value: string, label: string])[];
  onChange: (value: string | null) => void;
}

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  const isKnown = value === null || options.some(([known]) => known === value);
  return (
    <SelectInput aria-label={label} className="min-w-0 sm:w-auto sm:max-w-60" value={value ?? ''} onChange={(event) => onChange(event.target.value || null)}>
      <option value="">{all}</option>
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
      {!isKnown && <option value={value}>something else</option>}
    </SelectInput>
  );
}
