import type { NoticeAction, NoticeKind } from '@/contract/run-notice';
import { MOST_RESTARTS } from '@/server/runs/watchdog/judge-quiet';

/** The sentence of a notice: what was seen, and what was done about it. `tool`: what is at work, as its masked line names it. */
export function noticeWords({ kind, action, quietMs, tool, restarts }: { kind: NoticeKind; action: NoticeAction; quietMs: number; tool: string | null; restarts: number }): string {
  const time = timeInWords(quietMs);
  switch (kind) {
    case 'waiting_for_answer':
      return `Claude has waited for an answer for ${time}. The run goes on as soon as somebody answers.`;
    case 'quiet_tool':
      return `${tool ?? 'A tool'} has been at work for ${time} without a word. That may be as it should; nothing is done about it.`;
    case 'lingering':
      return action === 'told' ? `Claude Code wrote its result ${time} ago and its process is still there.` : `Claude Code wrote its result ${time} ago and did not end; its process was ended. The result counts.`;
    case 'background':
      return action === 'told'
        ? `Claude Code wrote its result and waits for what it left to go on in the background (${tool ?? 'a task'}), of which nothing has come for ${time}.`
        : `Nothing has come for ${time} of what Claude Code left to go on in the background (${tool ?? 'a task'}); its process was ended. The result counts.`;
    case 'no_output':
      return `Claude Code has not written a line ${time} after it was started${doneAbout(action, restarts)}`;
    case 'silence':
      return `Claude Code has been silent for ${time} with no tool at work${doneAbout(action, restarts)}`;
  }
}

function doneAbout(action: NoticeAction, restarts: number): string {
  if (action === 'told') return '.';
  if (action === 'nudged') return '; it was interrupted and asked to go on.';
  if (action === 'restarted') return '; its process was ended and it is started again in the same session.';
  return restarts < MOST_RESTARTS ? '; the run is given up.' : `, although it was started again ${restarts} times; the run is given up.`;
}

/** Such as "45 seconds", "12 minutes", "3 hours". */
export function timeInWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 100) return count(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? count(minutes, 'minute') : count(Math.round(minutes / 60), 'hour');
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
