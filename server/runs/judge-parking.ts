import type { ParkReason } from '@/contract/run';
import type { RunEnding } from '@/server/runs/judge-run';

/** What the stream says of a limit, by the service's own word. */
export interface LimitSaid {
  /** When it resets; null where the service does not say. */
  resetsAt: Date | null;
  /** Such as `five_hour`. */
  type: string | null;
}

/** What an attempt's stream says about its end, beside the result line. */
export interface StreamEvidence {
  /** The field `error` of the last message, such as `authentication_failed`. */
  lastError: string | null;
  /** The last tries of its last request got no answer at all. */
  unanswered: boolean;
  /** The newest word that a request was rejected for a limit. */
  limit: LimitSaid | null;
}

export interface Parking {
  /** Null: for nothing; the watchdog has ended its process and it goes on at once. */
  for: ParkReason | null;
  /** When it goes on by itself; null when that depends on a sign-in. */
  until: Date | null;
  reason: string;
}

const MINUTE_MS = 60_000;
/** Where nobody says when a limit resets: after so long, then twice as long each time, up to the longest. */
const FIRST_GUESS_MS = 15 * MINUTE_MS;
const LONGEST_GUESS_MS = 120 * MINUTE_MS;
/** Claude was not reached: a server that restarts is back by then, an outage takes longer. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 15 * MINUTE_MS;
/** A later reset is not believed: it is asked again then. */
const LONGEST_WAIT_MS = 24 * 60 * MINUTE_MS;

/**
 * Whether the end of an attempt is none of the run's making, so that it waits and goes on: the sign-in was refused, a usage
 * limit is reached, or Claude's service was not reached or had a fault. By the fields of the stream; texts differ between versions
 * and can be anything. `inARow` says how often it was parked for this without a turn between, this time included. Null for every
 * other end.
 */
export function judgeParking(ending: Pick<RunEnding, 'kind' | 'stage' | 'result'>, evidence: StreamEvidence, inARow: number, now: Date): (Parking & { for: ParkReason }) | null {
  const reason = parkReasonOf(ending, evidence);
  if (reason === 'claude_sign_in') return { for: reason, until: null, reason: 'Claude refused the sign-in in mid-run (401). What the run has done so far is kept.' };
  if (reason === 'claude_unreachable') return { for: reason, ...pause(ending.result?.apiErrorStatus ?? null, inARow, now) };
  return reason && { for: reason, ...waitForLimit(evidence.limit ?? limitInText(ending.result?.text ?? ''), inARow, now) };
}

/** What an attempt would be parked for. */
export function parkReasonOf({ kind, stage, result }: Pick<RunEnding, 'kind' | 'stage' | 'result'>, { lastError, unanswered }: Pick<StreamEvidence, 'lastError' | 'unanswered'>): Exclude<ParkReason, 'github_sign_in'> | null {
  if (kind !== 'exited' || stage !== 'command' || !result?.isError) return null;
  const status = result.apiErrorStatus ?? statusOf[lastError ?? ''];
  if (status === 401) return 'claude_sign_in';
  if (status === 429) return 'usage_limit';
  if (status === undefined) return unanswered && withoutAnswer.has(lastError ?? '') ? 'claude_unreachable' : null;
  return status >= 500 ? 'claude_unreachable' : null;
}

/** What the last message is called when there was no answer: by 2.1.112 and by 2.1.329. */
const withoutAnswer: ReadonlySet<string> = new Set(['unknown', 'server_error']);

/** For versions of the CLI that do not give the status. */
const statusOf: Readonly<Record<string, number>> = { authentication_failed: 401, rate_limit: 429 };

/** What proxies answer in place of a server that they do not reach; ours does, too. */
const onTheWay: ReadonlySet<number> = new Set([502, 503, 504]);

function pause(status: number | null, inARow: number, now: Date): { until: Date; reason: string } {
  const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(inARow - 1, 10));
  const what = status === null || onTheWay.has(status) ? `Claude could not be reached${status === null ? '' : ` (${status})`}` : `Claude's service has a fault (${status})`;
  return { until: new Date(now.getTime() + wait), reason: `${what}. What the run has done so far is kept.` };
}

function waitForLimit(limit: LimitSaid | null, inARow: number, now: Date): { until: Date; reason: string } {
  const resetsAt = limit?.resetsAt ?? null;
  // A reset that has passed while requests are still rejected tells nothing the second time.
  if (!resetsAt || (resetsAt <= now && inARow > 1)) return guess(inARow, now);
  const reached = `The ${limitName(limit?.type ?? null)} of the Claude account is reached.`;
  if (resetsAt.getTime() - now.getTime() <= LONGEST_WAIT_MS) return { until: resetsAt, reason: reached };
  return { until: new Date(now.getTime() + LONGEST_WAIT_MS), reason: `${reached} It is said to reset only on ${resetsAt.toISOString().slice(0, 10)}; the run asks again after a day.` };
}

function guess(inARow: number, now: Date): { until: Date; reason: string } {
  const wait = Math.min(LONGEST_GUESS_MS, FIRST_GUESS_MS * 2 ** Math.min(inARow - 1, 10));
  return { until: new Date(now.getTime() + wait), reason: `Claude takes no requests of this account at the moment (429) and does not say until when. The run asks again after ${wait / MINUTE_MS} minutes.` };
}

function limitName(type: string | null): string {
  if (type === 'five_hour') return 'five-hour usage limit';
  return type?.startsWith('seven_day') ? 'weekly usage limit' : 'usage limit';
}

/** Versions without structured fields end the text with `|` and the seconds since 1970. */
function limitInText(text: string): LimitSaid | null {
  const seconds = /\|(\d{10})\s*$/.exec(text)?.[1];
  return seconds ? { resetsAt: new Date(Number(seconds) * 1_000), type: null } : null;
}
