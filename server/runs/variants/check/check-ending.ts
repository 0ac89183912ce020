import type { CheckState } from '@/contract/variant';
import type { DetachedExit } from '@/server/containers/detached-command';

export interface CheckEnding {
  state: Extract<CheckState, 'passed' | 'failed' | 'timed_out' | 'could_not_run'>;
  reason: string | null;
}

interface Circumstances {
  minutes: number;
  /** From the start of the check to its end. */
  milliseconds: number;
  /** It was ended because it wrote too much. */
  flooded: boolean;
  said: string;
}

/** How a check ended. One that was ended by a signal after its time is up was ended for that, whichever worker did it. */
export function judgeCheck({ exitCode, signal, oomKills, problem }: DetachedExit, { minutes, milliseconds, flooded, said }: Circumstances): CheckEnding {
  if (problem !== null) return { state: 'could_not_run', reason: 'How it ended cannot be read: something in the container has changed it.' };
  if (flooded) return { state: 'failed', reason: 'It was ended because it wrote more than 64 MiB. Make it quieter.' };
  if (signal !== null && milliseconds >= minutes * 60_000) return { state: 'timed_out', reason: `It was ended after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.` };
  if (exitCode === 0) return { state: 'passed', reason: null };
  if (/^anyon-run: bash cannot be run/m.test(said)) return { state: 'could_not_run', reason: 'The image has no bash, which checks need.' };
  if (/^anyon-run: the directory .* cannot be entered/m.test(said)) return { state: 'could_not_run', reason: 'The worktree of this variant is not there any more.' };
  if (oomKills > 0) return { state: 'failed', reason: 'It ran out of memory. Give the workspace more, then check again.' };
  return { state: 'failed', reason: signal === null ? null : `It was ended by ${signal}.` };
}
