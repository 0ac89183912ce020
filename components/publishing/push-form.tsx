'use client';

import { useMutation } from '@tanstack/react-query';
import { ArrowUpFromLine } from 'lucide-react';
import { useState } from 'react';
import { pushInput, type PublishState } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { StepFailure } from '@/components/publishing/step-failure';
import { usePublishStep } from '@/components/publishing/use-publish-step';
import { errorKind } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { Field, TextInput } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { RelativeTime } from '@/components/ui/relative-time';
import { Section } from '@/components/ui/section';

/** Sends the commits to a branch of the repository. What the remote holds is overwritten only when somebody confirms it. */
export function PushForm({ run, state }: { run: RunView; state: PublishState }) {
  const trpc = useTRPC();
  const [written, setBranch] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string>();
  const push = useMutation(trpc.publishing.push.mutationOptions(usePublishStep(run.id)));
  const branch = written ?? state.pushed?.branch ?? state.branch;
  const send = (force: boolean) => {
    const input = pushInput.safeParse({ runId: run.id, branch, force });
    setProblem(input.success ? undefined : input.error.issues[0]?.message);
    setAsking(false);
    if (input.success) push.mutate(input.data);
  };
  const isThere = state.upToDate && branch === state.pushed?.branch;
  const blocked = state.obstacle !== null || (state.activity !== null && !push.isPending);
  return (
    <Section title="Push" note={<PushNote state={state} />}>
      <Field label="Branch on the remote" error={problem} hint={state.obstacle ?? hintFor(branch, isThere, state)}>
        {(control) => <TextInput {...control} className="font-mono text-sm" value={branch} onChange={(event) => setBranch(event.target.value)} />}
      </Field>
      {push.isError && <StepFailure error={push.error} />}
      {push.isSuccess && isThere && <Notice>Pushed to {branch}.</Notice>}
      <div className="flex flex-wrap gap-2">
        <Button variant={isThere ? 'plain' : 'primary'} busy={push.isPending} disabled={blocked} icon={<ArrowUpFromLine aria-hidden className="size-4" />} onClick={() => send(false)}>
          {push.isPending ? 'Pushing…' : 'Push'}
        </Button>
        {push.isError && errorKind(push.error) === 'conflict' && (
          <Button variant="danger" disabled={blocked} onClick={() => setAsking(true)}>
            Push with force…
          </Button>
        )}
      </div>
      <Dialog open={asking} onClose={() => setAsking(false)} title={`Overwrite ${branch} on the remote?`}>
        <p className="text-ink-soft">The branch on the remote then holds exactly the commits of this worktree. It is overwritten only if it still is what was pushed from here last; what somebody else has pushed meanwhile stays.</p>
        <DialogFooter>
          <Button onClick={() => setAsking(false)}>Cancel</Button>
          <Button variant="danger" onClick={() => send(true)}>
            Overwrite {branch}
          </Button>
        </DialogFooter>
      </Dialog>
    </Section>
  );
}

function hintFor(branch: string, isThere: boolean, { baseBranch }: PublishState): string | undefined {
  if (isThere) return 'The remote holds all commits of this branch.';
  return branch === baseBranch ? `${baseBranch} is what the work builds on: the commits go there without a pull request.` : undefined;
}

function PushNote({ state: { pushed, repositoryUrl } }: { state: PublishState }) {
  return (
    <span className="[overflow-wrap:anywhere]">
      To {repositoryUrl}, with your GitHub token.{' '}
      {pushed && (
        <>
          Last pushed <RelativeTime date={pushed.at} /> by {pushed.by}: <code className="text-xs">{pushed.commit.slice(0, 7)}</code> to {pushed.branch}.
        </>
      )}
    </span>
  );
}
