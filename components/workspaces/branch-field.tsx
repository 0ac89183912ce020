'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Combobox } from '@/components/ui/combobox';
import { Field } from '@/components/ui/field';
import { gitHubRepositoryName } from '@/components/workspaces/github-repository-name';

const MOST = 50;

/** Any name may be typed. The branches of a repository on the connected GitHub are offered. */
export function BranchField({ repositoryUrl, value, error, onText }: { repositoryUrl: string; value: string; error: string | undefined; onText: (text: string) => void }) {
  const trpc = useTRPC();
  const gitHub = useQuery(trpc.connections.gitHub.current.queryOptions(undefined, { staleTime: 30_000 })).data;
  const works = gitHub?.connection != null && gitHub.connection.status !== 'failed';
  const fullName = works ? gitHubRepositoryName(repositoryUrl, gitHub.host) : null;
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState(false);
  const branches = useQuery(trpc.connections.gitHub.branches.queryOptions({ fullName: fullName ?? '' }, { enabled: fullName !== null && open, staleTime: 60_000, refetchInterval: false, retry: false }));
  // Before anything is typed into it, what stands in it was chosen: then all are offered, not only those that look like it.
  const part = typed ? value.trim().toLowerCase() : '';
  const fitting = (branches.data ?? []).filter((name) => name.toLowerCase().includes(part));
  return (
    <Field label="Branch" optional error={error}>
      {(control) => (
        <Combobox
          {...control}
          name="branch"
          placeholder="default branch"
          listLabel="Branches"
          text={value}
          onText={(text) => {
            setTyped(true);
            onText(text);
          }}
          offers={fullName !== null}
          onOpenChange={setOpen}
          options={fitting.slice(0, MOST).map((name) => ({ value: name, children: <span className="min-w-0 truncate">{name}</span> }))}
          onTake={(name) => {
            setTyped(false);
            onText(name);
          }}
          message={branches.isError ? errorSentence(branches.error) : branches.isPaused ? 'This browser is offline.' : branches.isPending ? 'Asking GitHub …' : fitting.length === 0 ? 'GitHub lists no such branch.' : fitting.length > MOST ? `The first ${MOST} of ${fitting.length}; type to narrow them down.` : undefined}
        />
      )}
    </Field>
  );
}
