'use client';

import { useQuery } from '@tanstack/react-query';
import { Boxes } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { createContext, useCallback, useContext, useState, type ReactNode } from 'react';
import type { ListedWorkspace } from '@/contract/workspace';
import { usePageKeys } from '@/components/frame/page-keys';
import { PromptBox } from '@/components/runs/prompt-box';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { ButtonLink } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { Field, SelectInput } from '@/components/ui/field';

const OpenContext = createContext<() => void>(() => {});

/** Opens the dialog in which a run begins, on whatever page one is. */
export function useNewRun(): () => void {
  return useContext(OpenContext);
}

/** Holds that dialog for the pages below, and gives it its key. It closes when the page changes: then the run is there. */
export function NewRunProvider({ children }: { children: ReactNode }) {
  const pathname = usePathname();
  const [openedOn, setOpenedOn] = useState<string | null>(null);
  const open = useCallback(() => setOpenedOn(pathname), [pathname]);
  usePageKeys([{ key: 'n', label: 'New run', run: open }]);
  return (
    <OpenContext.Provider value={open}>
      {children}
      <Dialog open={openedOn !== null && openedOn === pathname} onClose={() => setOpenedOn(null)} title="New run" wide>
        <NewRunForm here={/^\/workspaces\/([0-9a-f-]{36})/.exec(pathname)?.[1] ?? null} />
      </Dialog>
    </OpenContext.Provider>
  );
}

function NewRunForm({ here }: { here: string | null }) {
  const trpc = useTRPC();
  const workspaces = useQuery(trpc.workspaces.list.queryOptions());
  return (
    <Loaded query={workspaces} height="h-40">
      {(all) => {
        const offered = all.filter(({ status }) => status !== 'archived' && status !== 'deleting');
        return offered.length === 0 ? <NoWorkspace /> : <ChooseAndAsk workspaces={offered} first={here ?? offered.find(({ status }) => status === 'running')?.id ?? ''} />;
      }}
    </Loaded>
  );
}

function ChooseAndAsk({ workspaces, first }: { workspaces: ListedWorkspace[]; first: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const workspace = workspaces.find(({ id }) => id === (chosen ?? first)) ?? workspaces[0];
  if (!workspace) return null;
  return (
    <>
      <Field label="Workspace">
        {(control) => (
          <SelectInput {...control} value={workspace.id} onChange={(event) => setChosen(event.target.value)}>
            {workspaces.map(({ id, name, status }) => (
              <option key={id} value={id}>
                {status === 'running' ? name : `${name} (${status})`}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      <PromptBox key={workspace.id} workspace={workspace} isFirst={false} autoFocus={chosen === null} />
    </>
  );
}

function NoWorkspace() {
  return (
    <EmptyState icon={Boxes} title="No workspace yet" action={<ButtonLink href="/workspaces" variant="primary">Go to Workspaces</ButtonLink>}>
      A run needs a workspace: a container with a repository. Make one first.
    </EmptyState>
  );
}
