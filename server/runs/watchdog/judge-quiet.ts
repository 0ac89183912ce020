import type { NoticeAction, NoticeKind } from '@/contract/run-notice';
import type { Thresholds } from '@/server/runs/watchdog/thresholds';

/** What is known of an attempt whose process is there. */
export interface Seen {
  /** Since when the process is there. */
  runningSince: Date;
  /** When the newest line came that shows that work goes on; null before the first. */
  lastSignAt: Date | null;
  /** Claude Code has said that it asks the service again then. */
  retryAt: Date | null;
  /** The name of a tool that has been called and has not answered, a sub-agent's too. */
  toolInFlight: string | null;
  /** Since when a question of Claude's is open. */
  questionSince: Date | null;
  /** The result line is there, and nothing has begun after it. */
  hasResult: boolean;
  /** What Claude Code has left to go on in the background, in its own words; null when there is nothing. */
  background: string | null;
}

/** What was done before, by the rows. */
export interface Past {
  /** Notices of this attempt that are not over, oldest first. */
  open: readonly { kind: NoticeKind; action: NoticeAction; at: Date }[];
  /** Claude was interrupted once in this attempt already. */
  wasNudged: boolean;
  /** How often the watchdog has started Claude Code again for this run. */
  restarts: number;
}

export interface Judgement {
  kind: NoticeKind;
  since: Date;
  /** True when what was noticed before is over: something has happened since, or it is something else now. */
  isOver: boolean;
  /** What is to be done now; null when it is not time for anything. */
  due: NoticeAction | null;
}

/** Nobody waits for ever: what two new starts have not cured is not cured by a third. */
export const MOST_RESTARTS = 2;

/** What the quiet of a run means, and what is to be done about it now. Each action comes once. */
export function judgeQuiet(seen: Seen, past: Past, limits: Thresholds, now: Date): Judgement {
  const { kind, since } = quietOf(seen);
  const isOver = past.open.some((notice) => notice.kind !== kind || since > notice.at);
  const last = isOver ? undefined : past.open.at(-1);
  const next = nextAction({ kind, action: last?.action ?? null }, past, limits);
  const due = next !== null && now.getTime() >= (last?.at ?? since).getTime() + next.after ? next.action : null;
  return { kind, since, isOver, due };
}

/** A tool at work or a person's answer explains every silence; a process that was asked to end itself has nothing more to explain but what it left in the background. */
function quietOf(seen: Seen): { kind: NoticeKind; since: Date } {
  const { runningSince, lastSignAt, retryAt, questionSince } = seen;
  if (questionSince) return { kind: 'waiting_for_answer', since: questionSince };
  if (!lastSignAt) return { kind: 'no_output', since: runningSince };
  if (seen.hasResult) return { kind: seen.background === null ? 'lingering' : 'background', since: lastSignAt };
  if (seen.toolInFlight !== null) return { kind: 'quiet_tool', since: lastSignAt };
  return { kind: 'silence', since: retryAt && retryAt > lastSignAt ? retryAt : lastSignAt };
}

/** The ladder of each kind: what follows the action (null: nothing was done yet), and how long after it. Null at its end. */
export function nextAction({ kind, action }: { kind: NoticeKind; action: NoticeAction | null }, { wasNudged, restarts }: Pick<Past, 'wasNudged' | 'restarts'>, limits: Thresholds): { action: NoticeAction; after: number } | null {
  if (action === null) return { action: 'told', after: firstOf(kind, limits) };
  const again = restarts < MOST_RESTARTS ? 'restarted' : 'ended';
  if (kind === 'lingering') return action === 'told' ? { action: 'ended', after: limits.end } : null;
  if (kind === 'background') return action === 'told' ? { action: 'ended', after: limits.tool } : null;
  if (kind === 'no_output') return action === 'told' ? { action: again, after: limits.restart } : null;
  if (kind !== 'silence') return null;
  if (action === 'told') return { action: wasNudged ? again : 'nudged', after: limits.nudge };
  return action === 'nudged' ? { action: again, after: limits.restart } : null;
}

function firstOf(kind: NoticeKind, limits: Thresholds): number {
  switch (kind) {
    case 'no_output':
      return limits.noOutput;
    case 'silence':
      return limits.silence;
    case 'lingering':
    case 'background':
      return limits.lingering;
    case 'waiting_for_answer':
      return limits.answer;
    case 'quiet_tool':
      return limits.tool;
  }
}
