'use client';

import { useMutation } from '@tanstack/react-query';
import { GitBranch, MessageSquareReply } from 'lucide-react';
import { useRouter } from 'next/navigation';
import type { PublishState } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { StepFailure } from '@/components/publishing/step-failure';
import { usePublishStep } from '@/components/publishing/use-publish-step';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { count } from '@/components/ui/quantities';
import { Section } from '@/components/ui/section';

/** Moves the branch onto what its base has become. Shown when that has gone on, or when the last try met conflicts. */
export function RebasePart({ run, state }: { run: RunView; state: PublishState }) {
  const trpc = useTRPC();
  const rebase = useMutation(trpc.publishing.rebase.mutationOptions(usePublishStep(run.id)));
  const behind = state.behind ?? 0;
  if (behind === 0 && !state.conflict) return rebase.isSuccess ? <Notice>Rebased: this branch builds on the newest {state.baseBranch}. If it was pushed before, push it with force.</Notice> : null;
  return (
    <Section title="Rebase" note={`${state.baseBranch} has ${count(behind, 'commit')} that this branch does not build on. With conflicts nothing is changed and you are told where they are.`}>
      {state.uncommittedFiles > 0 && <p className="text-sm text-ink-soft">Commit the changes first.</p>}
      {rebase.isError && <StepFailure error={rebase.error} />}
      {state.conflict && <Conflict run={run} conflict={state.conflict} />}
      <div>
        <Button busy={rebase.isPending} disabled={state.uncommittedFiles > 0 || (state.activity !== null && !rebase.isPending)} icon={<GitBranch aria-hidden className="size-4" />} onClick={() => rebase.mutate({ runId: run.id })}>
          {rebase.isPending ? 'Rebasing…' : state.conflict ? 'Rebase again' : `Rebase onto ${state.baseBranch}`}
        </Button>
      </div>
    </Section>
  );
}

function Conflict({ run, conflict }: { run: RunView; conflict: NonNullable<PublishState['conflict']> }) {
  const trpc = useTRPC();
  const router = useRouter();
  const ask = useMutation(
    trpc.publishing.askForResolution.mutationOptions({
      onSuccess: ({ startedRun }) => {
        if (startedRun) router.push(`/workspaces/${run.workspaceId}/runs/${startedRun.id}`);
      },
    }),
  );
  return (
    <Notice
      kind="warning"
      action={
        <Button size="small" busy={ask.isPending || ask.isSuccess} icon={<MessageSquareReply aria-hidden className="size-3.5" />} onClick={() => ask.mutate({ runId: run.id })}>
          Ask Claude to resolve it
        </Button>
      }
    >
      <p>The branch and {conflict.onto} have changed the same places. The rebase was taken back; everything is as it was.</p>
      <ul tabIndex={0} aria-label="Files" className="mt-1 max-h-40 overflow-y-auto font-mono text-xs">
        {conflict.files.map((file) => (
          <li key={file}>{file}</li>
        ))}
      </ul>
      {ask.isError && <StepFailure error={ask.error} />}
    </Notice>
  );
}
