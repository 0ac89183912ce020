'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { setSecretInput, type SecretView } from '@/contract/secret';
import { SecretValueField } from '@/components/secrets/secret-value-field';
import { problemsOf, type Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';

/** Sets a new secret, or another value for one; what was typed goes with the dialog. */
export function SecretDialog({ editing, onClose }: { editing: SecretView | 'new' | null; onClose: () => void }) {
  return (
    <Dialog open={editing !== null} onClose={onClose} title={editing === 'new' || editing === null ? 'Add a secret' : `Replace ${editing.name}`}>
      {editing && <SecretForm secret={editing === 'new' ? null : editing} onClose={onClose} />}
    </Dialog>
  );
}

function SecretForm({ secret, onClose }: { secret: SecretView | null; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState({ name: secret?.name ?? '', value: '' });
  const [problems, setProblems] = useState<Problems>({});
  const save = useMutation(trpc.secrets.set.mutationOptions({ gcTime: 0, onSuccess: onClose, onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.secrets.list.queryKey() }) }));
  const change = (part: Partial<typeof draft>) => {
    setDraft({ ...draft, ...part });
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const input = setSecretInput.safeParse(draft);
    setProblems(input.success ? {} : problemsOf(input.error));
    if (input.success && !save.isPending) save.mutate(input.data);
  };
  return (
    <form noValidate autoComplete="off" onSubmit={submit} className="flex flex-col gap-4">
      {secret === null && (
        <Field label="Name" error={problems['name']} hint="The file’s name: capital letters, digits and underscores. A name that you have already gets the new value.">
          {(control) => <TextInput {...control} autoFocus className="font-mono" placeholder="NPM_TOKEN" value={draft.name} onChange={(event) => change({ name: event.target.value })} />}
        </Field>
      )}
      <SecretValueField autoFocus={secret !== null} value={draft.value} error={problems['value']} onChange={(value) => change({ value })} />
      {secret !== null && <p className="text-sm text-ink-soft">Runs that start from now on get the new value. Live ones keep the one they have.</p>}
      {save.isError && <FailureNotice message={errorSentence(save.error)} kind={errorKind(save.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {secret ? 'Replace value' : 'Add secret'}
        </Button>
      </DialogFooter>
    </form>
  );
}
