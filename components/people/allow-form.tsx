'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { allowInput, type AllowInput } from '@/contract/person';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Field, TextInput } from '@/components/ui/field';
import { Segmented } from '@/components/ui/segmented';

const kinds: { value: AllowInput['kind']; label: string }[] = [
  { value: 'person', label: 'Person' },
  { value: 'organisation', label: 'Organisation' },
];

/** Adds a person or an organisation by login; GitHub is asked for the numeric id, which is what counts. */
export function AllowForm() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<AllowInput>({ kind: 'person', login: '' });
  const [problem, setProblem] = useState<string | undefined>();
  const allow = useMutation(
    trpc.people.allow.mutationOptions({
      onSuccess: () => setDraft((now) => ({ ...now, login: '' })),
      onError: (error) => setProblem(errorSentence(error)),
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.people.pathKey() }),
    }),
  );
  const change = (part: Partial<AllowInput>) => {
    setDraft({ ...draft, ...part });
    setProblem(undefined);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = allowInput.safeParse(draft);
    setProblem(checked.error?.issues[0]?.message);
    if (checked.success && !allow.isPending) allow.mutate(checked.data);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4">
      <Segmented label="What to add" value={draft.kind} options={kinds} onChange={(kind) => change({ kind })} />
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <Field label="GitHub login or numeric id" labelHidden error={problem} hint={draft.kind === 'person' ? 'All digits count as an id. Renaming the account later changes nothing.' : 'All its members may sign in. Their membership is confirmed with GitHub every hour.'}>
            {(control) => <TextInput {...control} placeholder="GitHub login or numeric id" maxLength={100} value={draft.login} onChange={(event) => change({ login: event.target.value })} />}
          </Field>
        </div>
        <Button type="submit" variant="primary" busy={allow.isPending}>
          Add
        </Button>
      </div>
    </form>
  );
}
