'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Network, Plus, Trash2 } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { addPrivateDestinationInput, type PrivateDestinationView } from '@/contract/egress';
import { problemsOf, type Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';

/** The destinations inside the operator's own network that every workspace may reach. */
export function NetworkTab() {
  const trpc = useTRPC();
  const destinations = useQuery(trpc.egress.privateDestinations.queryOptions());
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section title="Private destinations" note="Workspaces reach no private address. These are the exceptions, for every workspace: a package mirror, a git server, a model gateway in your own network.">
        <AddForm />
        <Loaded query={destinations} height="h-32">
          {(list) => (
            <Card>
              {list.length === 0 ? (
                <EmptyState icon={Network} title="No exceptions">
                  Workspaces reach public addresses only, as far as each one’s own setting allows.
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line">
                  {list.map((destination) => (
                    <DestinationRow key={destination.id} destination={destination} />
                  ))}
                </ul>
              )}
            </Card>
          )}
        </Loaded>
      </Section>
    </div>
  );
}

const empty = { host: '', port: '443', note: '' };

function AddForm() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(empty);
  const [problems, setProblems] = useState<Problems>({});
  const add = useMutation(
    trpc.egress.addPrivateDestination.mutationOptions({
      onSuccess: () => setDraft(empty),
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.egress.privateDestinations.queryKey() }),
    }),
  );
  const set = (change: Partial<typeof empty>) => {
    setDraft({ ...draft, ...change });
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const input = addPrivateDestinationInput.safeParse({ host: draft.host, port: draft.port.trim() === '' ? Number.NaN : Number(draft.port), ...(draft.note.trim() && { note: draft.note }) });
    setProblems(input.success ? {} : problemsOf(input.error));
    if (input.success && !add.isPending) add.mutate(input.data);
  };
  return (
    <form noValidate onSubmit={submit} aria-label="Add a private destination" className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,2fr)_6rem_minmax(0,2fr)_auto]">
        <Field label="Host or address" error={problems['host']}>
          {(control) => <TextInput {...control} placeholder="mirror.example.internal" value={draft.host} onChange={(event) => set({ host: event.target.value })} />}
        </Field>
        <Field label="Port" error={problems['port']}>
          {(control) => <TextInput {...control} inputMode="numeric" value={draft.port} onChange={(event) => set({ port: event.target.value })} />}
        </Field>
        <Field label="What for" optional error={problems['note']}>
          {(control) => <TextInput {...control} placeholder="npm mirror" value={draft.note} onChange={(event) => set({ note: event.target.value })} />}
        </Field>
        <Button type="submit" busy={add.isPending} icon={<Plus aria-hidden className="size-4" />} className="sm:mt-6">
          Allow
        </Button>
      </div>
      {add.isError && <FailureNotice message={errorSentence(add.error)} kind={errorKind(add.error)} />}
    </form>
  );
}

function DestinationRow({ destination }: { destination: PrivateDestinationView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation(trpc.egress.removePrivateDestination.mutationOptions({ onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.egress.privateDestinations.queryKey() }) }));
  const address = `${destination.host}:${destination.port}`;
  return (
    <li className="flex items-center gap-3 px-4 py-2.5 text-sm">
      <div className="flex min-w-0 flex-1 flex-col sm:grid sm:grid-cols-2 sm:gap-4">
        <span className="font-mono [overflow-wrap:anywhere]">{address}</span>
        <span className="text-ink-soft">
          {destination.note}
          <span className="block text-xs text-ink-faint">
            by {destination.addedBy}, <RelativeTime date={destination.createdAt} />
          </span>
        </span>
      </div>
      <IconButton label={`Remove ${address}`} onClick={() => setAsking(true)}>
        <Trash2 aria-hidden />
      </IconButton>
      <Dialog open={asking} onClose={() => setAsking(false)} title={`Remove ${address}?`}>
        <p className="text-ink-soft">No workspace reaches it any more, from the next connection on.</p>
        {remove.isError && <FailureNotice message={errorSentence(remove.error)} kind={errorKind(remove.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>Keep it</Button>
          <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ id: destination.id })}>
            Remove it
          </Button>
        </div>
      </Dialog>
    </li>
  );
}
