'use client';

import { useMutation } from '@tanstack/react-query';
import { GitCommitHorizontal } from 'lucide-react';
import { useId, useState } from 'react';
import { CLAUDE_TRAILER, commitInput, type PublishProposal, type PublishState } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { StepFailure } from '@/components/publishing/step-failure';
import { usePublishStep } from '@/components/publishing/use-publish-step';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field, TextArea } from '@/components/ui/field';
import { count } from '@/components/ui/quantities';
import { Section } from '@/components/ui/section';

/** Commits everything that is in no commit yet, as the person. */
export function CommitForm({ run, state, proposal }: { run: RunView; state: PublishState; proposal: PublishProposal | undefined }) {
  const trpc = useTRPC();
  const boxId = useId();
  const [written, setMessage] = useState<string | null>(null);
  const [coAuthor, setCoAuthor] = useState(true);
  const [problem, setProblem] = useState<string>();
  const commit = useMutation(trpc.publishing.commit.mutationOptions(usePublishStep(run.id)));
  const message = written ?? proposal?.commitMessage ?? '';
  const submit = () => {
    const input = commitInput.safeParse({ runId: run.id, message, coAuthor });
    setProblem(input.success ? undefined : input.error.issues[0]?.message);
    if (input.success) commit.mutate(input.data);
  };
  return (
    <Section title="Commit" note={`All ${count(state.uncommittedFiles, 'changed file')}, except what git ignores. Hooks of the repository do not run.`}>
      <Field label="Message" error={problem}>
        {(control) => <TextArea {...control} rows={6} className="font-mono text-sm" value={message} onChange={(event) => setMessage(event.target.value)} />}
      </Field>
      <p className="text-sm text-ink-soft">
        Author: {state.author.name} &lt;{state.author.email}&gt;.{!state.author.isFromGitHub && ' GitHub will not recognise you by this address; connect GitHub to commit with yours.'}
      </p>
      <div className="flex items-center gap-2 text-sm">
        <Checkbox id={boxId} label="Name Claude as co-author" checked={coAuthor} onChange={(event) => setCoAuthor(event.target.checked)} />
        <label htmlFor={boxId} className="min-w-0">
          Name Claude as co-author <code className="text-xs text-ink-faint [overflow-wrap:anywhere]">{CLAUDE_TRAILER}</code>
        </label>
      </div>
      {commit.isError && <StepFailure error={commit.error} />}
      <div>
        <Button variant="primary" busy={commit.isPending} disabled={state.activity !== null && !commit.isPending} icon={<GitCommitHorizontal aria-hidden className="size-4" />} onClick={submit}>
          {commit.isPending ? 'Committing…' : 'Commit'}
        </Button>
      </div>
    </Section>
  );
}
