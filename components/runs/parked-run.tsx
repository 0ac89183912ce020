'use client';

import type { ReactNode } from 'react';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { ButtonLink } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { exactTime, TimeUntil } from '@/components/ui/relative-time';
import { useAtTime } from '@/components/ui/use-at-time';

/** What a parked run waits for, until when, and what a person can do about it. */
export function ParkedRun({ run, workspace, tampered }: { run: RunView; workspace: WorkspaceView | undefined; tampered: string | false }) {
  return (
    <Notice kind="waiting" action={helpFor(run, workspace)}>
      <p className="font-medium">{run.statusReason}</p>
      <p className="text-ink-soft">
        {run.nextStep} {run.parkedUntil && <GoesOn at={run.parkedUntil} />}
      </p>
      {tampered && <p className="text-ink-soft">{tampered}</p>}
    </Notice>
  );
}

function GoesOn({ at }: { at: Date }) {
  const isToCome = useAtTime((now) => at.getTime() > now);
  if (!isToCome) return null;
  return (
    <span suppressHydrationWarning>
      That is on {exactTime(at)}, <TimeUntil date={at} />.
    </span>
  );
}

function helpFor({ parkedFor, workspaceId }: RunView, workspace: WorkspaceView | undefined): ReactNode {
  if (parkedFor === 'claude_sign_in' || parkedFor === 'github_sign_in') {
    return (
      <ButtonLink size="small" variant="primary" href="/settings?tab=connections">
        {parkedFor === 'claude_sign_in' ? 'Connect Claude' : 'Connect GitHub'}
      </ButtonLink>
    );
  }
  if (!workspace || workspace.status === 'running' || workspace.status === 'creating') return null;
  return (
    <ButtonLink size="small" href={`/workspaces/${workspaceId}`}>
      Go to the workspace
    </ButtonLink>
  );
}
