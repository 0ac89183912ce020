import type { Parking } from '@/server/runs/judge-parking';
import { isCleanResult, judgeRun, type RunEnding, type Verdict } from '@/server/runs/judge-run';
import type { RunRow } from '@/server/runs/run-status';
import { openNotices } from '@/server/runs/watchdog/notices';

/**
 * What becomes of a run whose process the watchdog has ended: it goes on with a new start, or is over. Null when the watchdog had no part in
 * the end. A result that came after all counts for more than what was decided; so does a container that went away.
 */
export async function watchdogVerdict(run: RunRow, ending: RunEnding): Promise<Parking | Verdict | null> {
  const decided = (await openNotices(run)).find(({ action }) => action === 'restarted' || action === 'ended');
  if (!decided || ending.kind === 'container-stopped' || ending.outOfMemory) return null;
  // How the process ended was our doing: the result alone says what came of the run.
  const hadResult = decided.kind === 'lingering' || decided.kind === 'background';
  if (hadResult || isCleanResult(ending.result)) return judgeRun({ ...ending, kind: 'exited', stage: 'command', exitCode: 0, signal: null });
  return decided.action === 'restarted' ? { for: null, until: null, reason: decided.said } : { status: 'failed', reason: decided.said };
}
