'use client';

import type { ListedWorkspace } from '@/contract/workspace';
import { TimeUntil } from '@/components/ui/relative-time';

/** When Anyon brings a workspace back, counting down, and which try that is. Nothing when it is not going to. */
export function RecoveryWords({ recovery }: Pick<ListedWorkspace, 'recovery'>) {
  if (!recovery.nextAt) return null;
  return (
    <>
      Anyon starts it again <TimeUntil date={recovery.nextAt} /> (try {Math.min(recovery.attempts + 1, recovery.maxRetries)} of {recovery.maxRetries}).
    </>
  );
}

/** Why a workspace is in its state and what comes next; what is said twice (a task's reason may be the state's) stands there once. Empty when the state says it all. */
export function stateSentence({ statusReason, nextStep, task }: Pick<ListedWorkspace, 'statusReason' | 'nextStep' | 'task'>): string {
  const parts = [statusReason, task?.reason, nextStep].filter((part) => part != null && part !== '');
  return parts.filter((part, index) => parts.indexOf(part) === index).join(' ');
}
