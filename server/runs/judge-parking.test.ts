import { describe, expect, it } from 'vitest';
import { judgeParking, parkReasonOf, type StreamEvidence } from '@/server/runs/judge-parking';
import type { RunEnding } from '@/server/runs/judge-run';
import type { ResultLine } from '@/server/runs/result-line';

const now = new Date('2026-03-01T12:00:00Z');
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const silent: StreamEvidence = { lastError: null, unanswered: false, limit: null };
const refused: ResultLine = { subtype: 'success', isError: true, text: 'words', errors: [], permissionDenials: 0, apiErrorStatus: null, usage: null };
const ending = (result: Partial<ResultLine> | null, change: Partial<RunEnding> = {}) => ({ kind: 'exited' as const, stage: 'command' as const, ...change, result: result && { ...refused, ...result } });

describe('which ends park a run', () => {
  it.each([
    ['the status 401', ending({ apiErrorStatus: 401 }), silent, 'claude_sign_in'],
    ['the status 429', ending({ apiErrorStatus: 429 }), silent, 'usage_limit'],
    ['a refused sign-in without a status', ending({}), { ...silent, lastError: 'authentication_failed' }, 'claude_sign_in'],
    ['a limit without a status', ending({}), { ...silent, lastError: 'rate_limit' }, 'usage_limit'],
    ['no permission, whatever the message is called', ending({ apiErrorStatus: 403 }), { ...silent, lastError: 'authentication_failed' }, null],
    ['no credit', ending({ apiErrorStatus: 400 }), { ...silent, lastError: 'billing_error' }, null],
    ['an overloaded service', ending({ apiErrorStatus: 529 }), { ...silent, lastError: 'server_error' }, 'claude_unreachable'],
    ['a request that nobody answered', ending({}), { ...silent, lastError: 'unknown', unanswered: true }, 'claude_unreachable'],
    ['a request that nobody answered, as a newer version calls it', ending({}), { ...silent, lastError: 'server_error', unanswered: true }, 'claude_unreachable'],
    ['tries without an answer long before an error of another kind', ending({}), { ...silent, lastError: 'invalid_request', unanswered: true }, null],
    ['an error without a name, and no tries', ending({}), { ...silent, lastError: 'unknown' }, null],
    ['an error of the run’s own', ending({}), silent, null],
    ['a success that mentions 401 and |1772000000', ending({ isError: false, text: '401 Please run /login |1772000000' }), { ...silent, lastError: 'authentication_failed' }, null],
    ['text alone', ending({ text: 'Invalid API key · Please run /login' }), silent, null],
    ['no result', ending(null), { ...silent, lastError: 'authentication_failed' }, null],
    ['a worktree that could not be made', ending({ apiErrorStatus: 401 }, { stage: 'worktree' }), silent, null],
    ['a container that went away', ending({ apiErrorStatus: 401 }, { kind: 'container-stopped' }), silent, null],
  ] as const)('%s', (_name, end, evidence, reason) => {
    expect(parkReasonOf(end, evidence)).toBe(reason);
    expect(judgeParking(end, evidence, 1, now)?.for ?? null).toBe(reason);
  });
});

describe('until when', () => {
  const limited = ending({ apiErrorStatus: 429 });
  const untilOf = (limit: StreamEvidence['limit'], inARow = 1, text = 'words') => judgeParking(ending({ apiErrorStatus: 429, text }), { ...silent, lastError: 'rate_limit', limit }, inARow, now)?.until;

  it('depends on the sign-in when that was refused', () => {
    expect(judgeParking(ending({ apiErrorStatus: 401 }), silent, 3, now)?.until).toBeNull();
  });

  it('comes soon when Claude was not reached, and later each time, up to a quarter of an hour', () => {
    const unreached = (inARow: number) => judgeParking(ending({}), { ...silent, lastError: 'unknown', unanswered: true }, inARow, now);
    expect([1, 2, 3, 4, 7, 8, 19].map((times) => unreached(times)?.until)).toEqual([10, 20, 40, 80, 640, 900, 900].map((seconds) => inMinutes(seconds / 60)));
    expect(unreached(1)?.reason).toBe('Claude could not be reached. What the run has done so far is kept.');
    expect(judgeParking(ending({ apiErrorStatus: 529 }), silent, 1, now)?.reason).toBe("Claude's service has a fault (529). What the run has done so far is kept.");
  });

  it('is when the service says that the limit resets', () => {
    expect(judgeParking(limited, { ...silent, limit: { resetsAt: inMinutes(200), type: 'five_hour' } }, 1, now)).toEqual({ for: 'usage_limit', until: inMinutes(200), reason: 'The five-hour usage limit of the Claude account is reached.' });
    expect(judgeParking(limited, { ...silent, limit: { resetsAt: inMinutes(5), type: 'seven_day_opus' } }, 1, now)?.reason).toBe('The weekly usage limit of the Claude account is reached.');
  });

  it('is no more than a day away, and the reason says what was said', () => {
    const parking = judgeParking(limited, { ...silent, limit: { resetsAt: inMinutes(6 * 24 * 60), type: 'seven_day' } }, 1, now);
    expect(parking?.until).toEqual(inMinutes(24 * 60));
    expect(parking?.reason).toBe('The weekly usage limit of the Claude account is reached. It is said to reset only on 2026-03-07; the run asks again after a day.');
  });

  it('is guessed when nobody says, and later each time, up to two hours', () => {
    expect([1, 2, 3, 4, 5, 19].map((times) => untilOf(null, times))).toEqual([15, 30, 60, 120, 120, 120].map(inMinutes));
    expect(untilOf({ resetsAt: null, type: null })).toEqual(inMinutes(15));
  });

  it('is at once when the reset has passed meanwhile, but not twice in a row', () => {
    expect(untilOf({ resetsAt: inMinutes(-1), type: null })).toEqual(inMinutes(-1));
    expect(untilOf({ resetsAt: inMinutes(-1), type: null }, 2)).toEqual(inMinutes(30));
  });

  it('is read from the text of versions that have no field for it, and from nowhere else in it', () => {
    const seconds = inMinutes(90).getTime() / 1_000;
    expect(untilOf(null, 1, `Claude AI usage limit reached|${seconds}`)).toEqual(inMinutes(90));
    expect(untilOf(null, 1, `see |${seconds} for more`)).toEqual(inMinutes(15));
    expect(untilOf({ resetsAt: inMinutes(10), type: null }, 1, `limit reached|${seconds}`)).toEqual(inMinutes(10));
  });
});
