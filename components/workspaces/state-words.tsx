'use client';

import type { WorkspaceView } from '@/contract/workspace';
import { TimeUntil } from '@/components/ui/relative-time';

/** Why a workspace is in its state and what comes next. While Anyon is about to bring it back, with the seconds counting down. */
export function StateWords({ workspace }: { workspace: WorkspaceView }) {
  const { recovery, lastError } = workspace;
  if (!recovery.nextAt) return stateSentence(workspace);
  return (
    <>
      {lastError?.message} Anyon starts it again <TimeUntil date={recovery.nextAt} /> (try {Math.min(recovery.attempts + 1, recovery.maxRetries)} of {recovery.maxRetries}).
    </>
  );
}

/** The same as text; what is said twice (a task's reason may be the state's) stands there once. Empty when the state says it all. */
export function stateSentence({ statusReason, nextStep, task }: Pick<WorkspaceView, 'statusReason' | 'nextStep' | 'task'>): string {
  const parts = [statusReason, task?.reason, nextStep].filter((part) => part != null && part !== '');
  return parts.filter((part, index) => parts.indexOf(part) === index).join(' ');
}
