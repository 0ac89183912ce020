'use client';

import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { repositoryName, repositoryUrlSchema } from '@/contract/repository';
import { EgressFields, egressWords } from '@/components/settings/egress-fields';
import type { FieldsProps } from '@/components/settings/fields-props';
import { MoreLimitsFields } from '@/components/settings/limits-fields';
import { IdleStopField, ImageField, SetupScriptField } from '@/components/settings/plain-fields';
import { RecoveryFields } from '@/components/settings/recovery-fields';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { TextInput } from '@/components/ui/field';
import type { CreateDraft, RepositoryDraft } from '@/components/workspaces/create-draft';

interface AdvancedFieldsProps {
  settings: FieldsProps;
  draft: CreateDraft;
  change: (next: CreateDraft) => void;
}

const problemsInside = ['limits.diskBytes', 'limits.pids', 'image', 'egress.hosts', 'recovery.maxRetries', 'recovery.backoffSeconds', 'setupScript', 'idleStopMinutes', 'extraRepositories'];

/** What most people leave as it is. Opens by itself when something in it is wrong. */
export function AdvancedFields({ settings, draft, change }: AdvancedFieldsProps) {
  const trpc = useTRPC();
  const install = useQuery(trpc.system.status.queryOptions(undefined, { staleTime: 60_000 })).data?.install;
  const [open, setOpen] = useState(false);
  const shown = open || problemsInside.some((field) => settings.problems[field]);
  const level = draft.touched.has('egress') || draft.templateId ? draft.settings.egressLevel : (install?.egressLevel ?? draft.settings.egressLevel);
  const withInstall = { ...settings, draft: { ...settings.draft, egressLevel: level } };
  return (
    <div className="flex flex-col gap-4">
      <button type="button" aria-expanded={shown} onClick={() => setOpen(!shown)} className="flex items-center gap-1 self-start rounded-md text-sm font-medium text-ink-soft hover:text-ink">
        <ChevronRight aria-hidden className={shown ? 'size-4 rotate-90' : 'size-4'} />
        Advanced
        {!shown && <span className="font-normal text-ink-faint max-sm:hidden">network: {egressWords[level].label.toLowerCase()}, image, set-up script, recovery …</span>}
      </button>
      {shown && (
        <div className="flex flex-col gap-5 border-l-2 border-line pl-4">
          <EgressFields {...withInstall} />
          <SetupScriptField {...settings} />
          <ExtraRepositories list={draft.extraRepositories} problem={settings.problems['extraRepositories']} onChange={(extraRepositories) => change({ ...draft, extraRepositories })} />
          <ImageField {...settings} installImage={install?.image} />
          <MoreLimitsFields {...settings} />
          <IdleStopField {...settings} />
          <fieldset>
            <legend className="mb-1 text-sm font-medium">Recovery</legend>
            <RecoveryFields {...settings} />
          </fieldset>
        </div>
      )}
    </div>
  );
}

function ExtraRepositories({ list, problem, onChange }: { list: RepositoryDraft[]; problem: string | undefined; onChange: (list: RepositoryDraft[]) => void }) {
  const set = (index: number, part: Partial<RepositoryDraft>) => onChange(list.map((entry, at) => (at === index ? { ...entry, ...part } : entry)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Further repositories</legend>
      {list.map((entry, index) => (
        <div key={index} className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] gap-2 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_auto]">
          <TextInput aria-label={`Address of further repository ${index + 1}`} className="col-span-2 sm:col-span-1" inputMode="url" placeholder="https://github.com/owner/other" value={entry.url} onChange={(event) => set(index, { url: event.target.value, folder: followsAddress(entry) ? folderOf(event.target.value) : entry.folder })} />
          <IconButton label={`Leave further repository ${index + 1} out`} className="self-center sm:order-last" onClick={() => onChange(list.filter((_, at) => at !== index))}>
            <X aria-hidden />
          </IconButton>
          <TextInput aria-label={`Branch of further repository ${index + 1}`} placeholder="default branch" value={entry.branch} onChange={(event) => set(index, { branch: event.target.value })} />
          <TextInput aria-label={`Folder of further repository ${index + 1}`} placeholder="folder" value={entry.folder} onChange={(event) => set(index, { folder: event.target.value })} />
        </div>
      ))}
      {problem && (
        <p role="alert" className="text-xs text-state-failed">
          {problem}
        </p>
      )}
      {list.length < 10 && (
        <Button size="small" variant="quiet" className="self-start" icon={<Plus aria-hidden className="size-3.5" />} onClick={() => onChange([...list, { url: '', branch: '', folder: '' }])}>
          Add a repository
        </Button>
      )}
      <p className="text-xs text-ink-faint">Each is cloned beside the first into /workspace/repositories/ and its folder.</p>
    </fieldset>
  );
}

function followsAddress({ url, folder }: RepositoryDraft): boolean {
  return folder === '' || folder === folderOf(url);
}

function folderOf(url: string): string {
  return repositoryUrlSchema.safeParse(url).success ? repositoryName(url.trim()).replaceAll(/[^A-Za-z0-9._-]+/g, '-') : '';
}
