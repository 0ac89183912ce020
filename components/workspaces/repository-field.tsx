'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Lock } from 'lucide-react';
import Link from 'next/link';
import { useState, type ReactNode } from 'react';
import { fitsSearch, type GitHubState, type RepositoryChoice } from '@/contract/connection';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Combobox } from '@/components/ui/combobox';
import { Field } from '@/components/ui/field';
import { RelativeTime } from '@/components/ui/relative-time';
import { useDebounced } from '@/components/ui/use-debounced';

interface RepositoryFieldProps {
  value: string;
  error: string | undefined;
  onText: (text: string) => void;
  onChoose: (choice: RepositoryChoice) => void;
}

/** Any address may be typed or pasted. Whoever has connected GitHub chooses from their repositories as they type. */
export function RepositoryField({ value, error, onText, onChoose }: RepositoryFieldProps) {
  const trpc = useTRPC();
  const gitHub = useQuery(trpc.connections.gitHub.current.queryOptions(undefined, { staleTime: 30_000 })).data;
  const works = gitHub?.connection != null && gitHub.connection.status !== 'failed';
  const isAddress = /^[a-z]+:/i.test(value.trim());
  const [open, setOpen] = useState(false);
  const text = useDebounced(value.trim().slice(0, 100), 200);
  const wanted = works && open && !isAddress;
  const found = useQuery(trpc.connections.gitHub.repositories.queryOptions({ text }, { enabled: wanted, staleTime: 30_000, refetchInterval: false, retry: false, placeholderData: keepPreviousData }));
  // While the answer for another text still stands here, Enter must not take what no longer fits.
  const choices = found.isError ? [] : (found.data ?? []).filter(({ fullName }) => fitsSearch(fullName, value));
  const asking = found.isPending || found.isPlaceholderData || text !== value.trim().slice(0, 100);
  return (
    <Field label="Repository" error={error} hint={hintFor(gitHub)}>
      {(control) => (
        <Combobox
          {...control}
          name="repositoryUrl"
          autoFocus
          inputMode="url"
          placeholder={works ? 'Search yours, or paste an address' : 'https://github.com/owner/repository'}
          listLabel="Yours on GitHub"
          text={value}
          onText={onText}
          offers={works && !isAddress}
          onOpenChange={setOpen}
          options={choices.map((choice) => ({ value: choice.fullName, children: <Choice choice={choice} /> }))}
          onTake={(fullName) => {
            const choice = choices.find((one) => one.fullName === fullName);
            if (choice) onChoose(choice);
          }}
          message={found.isError ? errorSentence(found.error) : found.isPaused ? 'This browser is offline.' : choices.length > 0 ? undefined : asking ? 'Asking GitHub …' : 'None of yours has this in its name. You can paste any address.'}
        />
      )}
    </Field>
  );
}

function hintFor(gitHub: GitHubState | undefined): ReactNode {
  if (!gitHub) return 'The https:// address of a git repository.';
  if (!gitHub.connection) return <>The https:// address of a git repository. For private ones, and to choose from yours, {toConnections('connect GitHub')}.</>;
  if (gitHub.connection.status === 'failed') return <>The https:// address of a git repository. Your connection to GitHub has failed: {toConnections('connect it again')}.</>;
  return `Type to search your repositories on ${gitHub.host}, or paste any https:// address.`;
}

function toConnections(words: string): ReactNode {
  return (
    <Link className="text-accent underline" href="/settings?tab=connections">
      {words}
    </Link>
  );
}

function Choice({ choice: { fullName, pushedAt, ...choice } }: { choice: RepositoryChoice }) {
  return (
    <>
      <span className="min-w-0 flex-1 truncate">{fullName}</span>
      {choice.private && <Lock aria-label="private" className="size-3.5 shrink-0 text-ink-faint" />}
      {pushedAt && (
        <span className="shrink-0 text-xs text-ink-faint">
          <RelativeTime date={pushedAt} />
        </span>
      )}
    </>
  );
}
