import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorClasses, recoveryFallbacks } from '@/contract/recovery';
import { pauseSeconds, planRecovery, type RecoveryState } from '@/server/workspaces/reconcile/recovery-plan';

const now = new Date('2026-01-02T12:00:00Z');
const policy: RecoveryState = { maxRetries: 3, backoffSeconds: 5, fallback: 'stop', attempts: 0 };
const killed = { class: 'other', sentence: 'Its container ended (exit code 137, killed from outside).' } as const;
const plan = (state: Partial<RecoveryState>, trouble: Parameters<typeof planRecovery>[1] = killed, random = 0.5) => planRecovery({ ...policy, ...state }, trouble, now, random);

describe('recovery', () => {
  it('says what happened, when it tries and how often it has', () => {
    expect(plan({})).toEqual({ kind: 'retry', at: new Date('2026-01-02T12:00:05Z'), reason: 'Its container ended (exit code 137, killed from outside). Anyon starts it again in 5 s (try 1 of 3).' });
    expect(plan({ attempts: 2 }).reason).toMatch(/in 20 s \(try 3 of 3\)\.$/);
    expect(plan({ attempts: 10, maxRetries: 20 }).reason).toMatch(/in 10 min \(try 11 of 20\)\.$/);
  });

  it('doubles its pause with each try, within a fifth, and never waits longer than ten minutes', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.integer({ min: 1, max: 600 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, backoffSeconds, random) => {
        const pause = pauseSeconds({ ...policy, attempts, backoffSeconds }, 'other', random);
        const exact = Math.min(backoffSeconds * 2 ** attempts, 600);
        expect(pause).toBeGreaterThanOrEqual(exact * 0.8 - 1e-9);
        expect(pause).toBeLessThanOrEqual(Math.min(exact * 1.2, 600) + 1e-9);
      }),
    );
  });

  it('ends: no state leads to more tries than the policy allows', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(30), fc.constantFrom(...errorClasses), fc.constantFrom(...recoveryFallbacks), (maxRetries, attempts, errorClass, fallback) => {
        const { kind } = plan({ maxRetries, attempts, fallback }, { class: errorClass, sentence: 'It failed.' });
        if (maxRetries === 0 || errorClass === 'authentication') expect(kind).toBe('none');
        else if (attempts >= maxRetries) expect(kind).toBe('give-up');
        else expect(kind).toBe(errorClass === 'storage' ? 'wait' : 'retry');
      }),
    );
  });

  it.each([
    ['stop', 'Anyon tried 3 times to bring it back and has stopped it. Start it when the cause is gone.'],
    ['remove', 'Anyon tried 3 times to bring it back and has removed its container; the files are kept. Starting makes a new one.'],
    ['ignore', 'Anyon tried 3 times to bring it back and leaves it as it is. Start it when the cause is gone.'],
  ] as const)('says what the fallback %s did', (fallback, sentence) => {
    expect(plan({ attempts: 3, fallback })).toEqual({ kind: 'give-up', reason: `${killed.sentence} ${sentence}` });
  });

  it('waits for room where the disk is full, and helps nobody whose sign-in is wrong', () => {
    expect(plan({}, { class: 'storage', sentence: 'The disk is full.' })).toEqual({ kind: 'wait', at: new Date('2026-01-02T12:00:30Z'), reason: 'The disk is full. Anyon starts it again when there is room on the disk (try 1 of 3).' });
    expect(plan({}, { class: 'authentication', sentence: 'The repository asked for a sign-in.' }).reason).toMatch(/put the sign-in right, then start it again/);
    expect(plan({ maxRetries: 0 }).reason).toMatch(/Recovery is switched off for this workspace: start it again\.$/);
  });
});
