'use client';

import { useMutation } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, CircleSlash, CircleX, ExternalLink, LoaderCircle, RefreshCw } from 'lucide-react';
import type { PublishState, PullRequestCheck, PullRequestView } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { StepFailure } from '@/components/publishing/step-failure';
import { usePublishStep } from '@/components/publishing/use-publish-step';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { count } from '@/components/ui/quantities';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';
import { StateBadge, type StateLook } from '@/components/ui/state-badge';

const looks: Record<PullRequestCheck['state'], StateLook> = {
  waiting: { tone: 'queued', icon: CircleDashed, word: 'Waiting' },
  running: { tone: 'running', icon: LoaderCircle, word: 'Running', spins: true },
  passed: { tone: 'succeeded', icon: CircleCheck, word: 'Passed' },
  failed: { tone: 'failed', icon: CircleX, word: 'Failed' },
  skipped: { tone: 'stopped', icon: CircleSlash, word: 'Skipped' },
};
const reviews: Record<PullRequestView['review'], string> = { none: 'No review yet', requested: 'Review requested', approved: 'Approved', changes_requested: 'Changes requested' };
const states: Record<PullRequestView['state'], string> = { open: 'Open', closed: 'Closed', merged: 'Merged' };

/** The pull request as GitHub described it last: state, checks, what the reviewers say. */
export function PullRequestCard({ run, state, pullRequest }: { run: RunView; state: PublishState; pullRequest: PullRequestView }) {
  const trpc = useTRPC();
  const refresh = useMutation(trpc.publishing.refresh.mutationOptions(usePublishStep(run.id)));
  const mark = useMutation(trpc.publishing.markPullRequest.mutationOptions(usePublishStep(run.id)));
  const { number, title, url, checks, review, isDraft, headCommit, refreshedAt, refreshProblem } = pullRequest;
  return (
    <Section
      title={`Pull request #${number}`}
      note={
        <>
          Asked GitHub <RelativeTime date={refreshedAt} />.
        </>
      }
      action={
        <Button size="small" busy={refresh.isPending} icon={<RefreshCw aria-hidden className="size-3.5" />} onClick={() => refresh.mutate({ runId: run.id })}>
          Ask GitHub again
        </Button>
      }
    >
      {refresh.isError && <StepFailure error={refresh.error} />}
      {refreshProblem !== null && <Notice kind="warning">{refreshProblem} What is shown is what GitHub said before.</Notice>}
      <Card className="flex flex-col gap-2 p-3">
        <p className="font-medium [overflow-wrap:anywhere]">{title}</p>
        <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">
          {isDraft && pullRequest.state === 'open' ? 'Draft' : states[pullRequest.state]} · {pullRequest.headBranch} into {pullRequest.baseBranch} · {reviews[review]}
        </p>
        <PullRequestLink url={url} />
        {pullRequest.state === 'open' && (
          <Button size="small" className="self-start" busy={mark.isPending} onClick={() => mark.mutate({ runId: run.id, draft: !isDraft })}>
            {isDraft ? 'Ready for review' : 'Convert to draft'}
          </Button>
        )}
        {mark.isError && <StepFailure error={mark.error} />}
        {state.headCommit !== null && state.headCommit !== headCommit && pullRequest.state === 'open' && <p className="text-sm text-state-needs-you">The worktree has other commits than the pull request: push them.</p>}
        <Checks checks={checks} />
      </Card>
    </Section>
  );
}

/** Its address is GitHub's word: it is shown in full, and only web addresses lead anywhere. */
function PullRequestLink({ url }: { url: string }) {
  if (!/^https?:\/\//i.test(url)) return <p className="text-sm">{url}</p>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" className="inline-flex items-center gap-1 self-start text-sm text-accent underline [overflow-wrap:anywhere]">
      {url}
      <ExternalLink aria-hidden className="size-3.5 shrink-0" />
    </a>
  );
}

function Checks({ checks }: { checks: readonly PullRequestCheck[] }) {
  if (checks.length === 0) return <p className="text-sm text-ink-soft">No checks.</p>;
  const failed = checks.filter(({ state }) => state === 'failed').length;
  const open = checks.filter(({ state }) => state === 'waiting' || state === 'running').length;
  const sum = failed > 0 ? `${failed} of ${count(checks.length, 'check')} failed` : open > 0 ? `${open} of ${count(checks.length, 'check')} not done yet` : `${count(checks.length, 'check')}, none failed`;
  return (
    <details open={failed > 0}>
      <summary className="cursor-pointer text-sm">{sum}</summary>
      <ul className="mt-1 flex flex-col gap-1">
        {checks.map(({ name, state, url }, index) => (
          <li key={`${index} ${name}`} className="flex min-w-0 items-center justify-between gap-3 text-sm">
            <span className="min-w-0 [overflow-wrap:anywhere]">{url !== null && /^https?:\/\//i.test(url) ? <a href={url} target="_blank" rel="noopener noreferrer" title={url} className="underline">{name}</a> : name}</span>
            <StateBadge look={looks[state]} />
          </li>
        ))}
      </ul>
    </details>
  );
}
