'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Building2, Trash2, User, Users } from 'lucide-react';
import { useState } from 'react';
import type { AllowedEntry } from '@/contract/person';
import { AllowForm } from '@/components/people/allow-form';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

/** Who may sign in: the entries, each removable unless the environment names it, and the form that adds one. */
export function AllowedList() {
  const trpc = useTRPC();
  const allowed = useQuery(trpc.people.allowed.queryOptions());
  const [removing, setRemoving] = useState<AllowedEntry | null>(null);
  return (
    <>
      <AllowForm />
      <Loaded query={allowed} height="h-24">
        {(entries) => (
          <Card>
            {entries.length === 0 ? (
              <EmptyState icon={Users} title="Nobody on the list">
                Nobody new can sign in. Add a person or a whole organisation.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {entries.map((entry) => (
                  <EntryRow key={`${entry.kind} ${entry.githubId}`} entry={entry} onRemove={() => setRemoving(entry)} />
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
      <Dialog open={removing !== null} onClose={() => setRemoving(null)} title={`Take ${removing?.login ?? ''} off the list?`}>
        {removing && <RemoveQuestion entry={removing} onClose={() => setRemoving(null)} />}
      </Dialog>
    </>
  );
}

function EntryRow({ entry, onRemove }: { entry: AllowedEntry; onRemove: () => void }) {
  const { kind, login, githubId, fixed, addedByLogin, addedAt } = entry;
  const Icon = kind === 'person' ? User : Building2;
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <Icon aria-hidden className="size-4 shrink-0 text-ink-soft" />
      <div className="min-w-0 flex-1">
        <div className="font-medium [overflow-wrap:anywhere]">{login}</div>
        <p className="text-xs text-ink-faint">
          {kind === 'person' ? 'Person' : 'Organisation, all its members'} · GitHub id {githubId}
          {fixed && ' · named by ANYON_ALLOWED_GITHUB_IDS'}
          {addedAt && (
            <>
              {' '}
              · added {addedByLogin && `by ${addedByLogin} `}
              <RelativeTime date={addedAt} />
            </>
          )}
        </p>
      </div>
      {!fixed && (
        <IconButton label={`Take ${login} off the list`} onClick={onRemove}>
          <Trash2 aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function RemoveQuestion({ entry, onClose }: { entry: AllowedEntry; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const remove = useMutation(trpc.people.disallow.mutationOptions({ onSuccess: onClose, onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.people.pathKey() }) }));
  return (
    <>
      <p className="text-ink-soft">Whoever is here by this entry alone is signed out at once and cannot sign in again. Their runs go on; workspaces and work stay.</p>
      {remove.isError && <FailureNotice message={errorSentence(remove.error)} kind={errorKind(remove.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ kind: entry.kind, githubId: entry.githubId })}>
          Take it off
        </Button>
      </div>
    </>
  );
}
