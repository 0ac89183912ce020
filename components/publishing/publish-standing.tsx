'use client';

import { useMutation } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import type { PublishState } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { StepFailure } from '@/components/publishing/step-failure';
import { usePublishStep } from '@/components/publishing/use-publish-step';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Fact } from '@/components/ui/fact';
import { count } from '@/components/ui/quantities';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';

/** What there is: the branch, its own commits, what is in none, and how far the base has gone on. */
export function PublishStanding({ run, state }: { run: RunView; state: PublishState }) {
  const trpc = useTRPC();
  const refresh = useMutation(trpc.publishing.refresh.mutationOptions(usePublishStep(run.id)));
  const others = state.otherRepositories;
  return (
    <Section
      title="This branch"
      note={others > 0 ? `Only the first repository. ${others === 1 ? 'The other one' : `The ${others} others`} of this workspace you publish in a terminal.` : undefined}
      action={
        <Button size="small" busy={refresh.isPending} icon={<RefreshCw aria-hidden className="size-3.5" />} onClick={() => refresh.mutate({ runId: run.id })} title="Asks the remote how far the base branch has come, and GitHub about the pull request">
          Refresh
        </Button>
      }
    >
      {refresh.isError && <StepFailure error={refresh.error} />}
      <Card className="flex flex-col gap-3 p-3">
        <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3">
          <Fact name="Branch">
            <code className="text-sm">{state.branch}</code>
          </Fact>
          <Fact name="Builds on">
            <code className="text-sm">{state.baseBranch}</code> {state.behind !== null && state.behind > 0 && <span className="text-ink-soft">, {count(state.behind, 'commit')} behind</span>}
          </Fact>
          <Fact name="Not committed">{state.uncommittedFiles === 0 ? 'nothing' : count(state.uncommittedFiles, 'file')}</Fact>
        </dl>
        <Commits commits={state.commits} />
      </Card>
    </Section>
  );
}

function Commits({ commits }: Pick<PublishState, 'commits'>) {
  if (commits.length === 0) return <p className="text-sm text-ink-soft">No commits yet.</p>;
  return (
    <ol aria-label="Commits of this branch, newest first" tabIndex={0} className="flex max-h-64 flex-col gap-1 overflow-y-auto">
      {commits.map(({ commit, subject, author, at }) => (
        <li key={commit} className="flex min-w-0 items-baseline gap-2 text-sm">
          <code className="shrink-0 text-xs text-ink-faint">{commit.slice(0, 7)}</code>
          <span className="min-w-0 flex-1 truncate" title={`${subject}\n${author}`}>
            {subject}
          </span>
          <span className="shrink-0 text-xs text-ink-faint">
            <RelativeTime date={at} />
          </span>
        </li>
      ))}
      {commits.length === 100 && <li className="text-xs text-ink-faint">The newest hundred.</li>}
    </ol>
  );
}
