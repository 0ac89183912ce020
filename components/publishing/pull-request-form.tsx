'use client';

import { useMutation } from '@tanstack/react-query';
import { GitPullRequestArrow } from 'lucide-react';
import { useId, useState } from 'react';
import { openPullRequestInput, type PublishProposal, type PublishState } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { StepFailure } from '@/components/publishing/step-failure';
import { usePublishStep } from '@/components/publishing/use-publish-step';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field, TextArea, TextInput } from '@/components/ui/field';
import { MarkdownText } from '@/components/ui/markdown';
import { Section } from '@/components/ui/section';

/** Opens a pull request; what is not pushed yet is pushed first. */
export function PullRequestForm({ run, state, proposal }: { run: RunView; state: PublishState; proposal: PublishProposal | undefined }) {
  const trpc = useTRPC();
  const draftId = useId();
  const [written, setWritten] = useState<{ title?: string; body?: string; base?: string }>({});
  const [draft, setDraft] = useState(false);
  const [problem, setProblem] = useState<string>();
  const open = useMutation(trpc.publishing.openPullRequest.mutationOptions(usePublishStep(run.id)));
  const title = written.title ?? proposal?.title ?? '';
  const body = written.body ?? proposal?.body ?? '';
  const base = written.base?.trim();
  const submit = () => {
    const input = openPullRequestInput.safeParse({ runId: run.id, title, body, draft, ...(base && { base }) });
    setProblem(input.success ? undefined : input.error.issues[0]?.message);
    if (input.success) open.mutate(input.data);
  };
  const obstacle = obstacleOf(state);
  if (obstacle !== null) return <Section title="Pull request" note={obstacle}>{null}</Section>;
  return (
    <Section title="Pull request" note={state.upToDate ? `From ${state.pushed?.branch ?? state.branch}.` : `The commits are pushed to ${state.pushed?.branch ?? state.branch} first.`}>
      <Field label="Title" error={problem}>
        {(control) => <TextInput {...control} value={title} onChange={(event) => setWritten({ ...written, title: event.target.value })} />}
      </Field>
      <Field label="Description" hint="Markdown">
        {(control) => <TextArea {...control} rows={8} className="font-mono text-sm" value={body} onChange={(event) => setWritten({ ...written, body: event.target.value })} />}
      </Field>
      <details className="text-sm">
        <summary className="cursor-pointer text-ink-soft">How the description looks</summary>
        <div className="mt-2 rounded-md border border-line p-3">
          <MarkdownText text={body} />
        </div>
      </details>
      <Field label="Into" hint="Empty: the branch of the workspace, else the default branch of the repository." optional>
        {(control) => <TextInput {...control} className="font-mono text-sm" placeholder={state.baseBranch} value={written.base ?? ''} onChange={(event) => setWritten({ ...written, base: event.target.value })} />}
      </Field>
      <div className="flex items-center gap-2 text-sm">
        <Checkbox id={draftId} label="Open as a draft" checked={draft} onChange={(event) => setDraft(event.target.checked)} />
        <label htmlFor={draftId}>Open as a draft</label>
      </div>
      {open.isError && <StepFailure error={open.error} />}
      <div>
        <Button variant="primary" busy={open.isPending} disabled={state.activity !== null && !open.isPending} icon={<GitPullRequestArrow aria-hidden className="size-4" />} onClick={submit}>
          {open.isPending ? 'Opening…' : draft ? 'Open draft pull request' : 'Open pull request'}
        </Button>
      </div>
    </Section>
  );
}

/** A sentence instead of the form; null when it can be sent. */
function obstacleOf({ noPullRequestBecause, closedBecause, pushed, upToDate, obstacle }: PublishState): string | null {
  if (noPullRequestBecause !== null) return noPullRequestBecause;
  if (closedBecause !== null) return pushed ? null : 'It can be opened when the branch has been pushed.';
  return upToDate ? null : obstacle;
}
