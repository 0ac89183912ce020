import { describe, expect, it } from 'vitest';
import type { DetachedExit } from '@/server/containers/detached-command';
import { judgeCheck } from '@/server/runs/variants/check/check-ending';
import { plainText } from '@/server/runs/variants/check/check-command';

const exit = (set: Partial<DetachedExit> = {}): DetachedExit => ({ stage: 'command', exitCode: 0, signal: null, oomKills: 0, finishedAt: null, problem: null, ...set });
const judge = (set: Partial<DetachedExit>, circumstances: Partial<Parameters<typeof judgeCheck>[1]> = {}) => judgeCheck(exit(set), { minutes: 2, milliseconds: 1_000, flooded: false, said: '', ...circumstances });
const killed = { exitCode: null, signal: 'SIGTERM' };

describe('how a check ended', () => {
  it.each<[string, ReturnType<typeof judge>, string, RegExp | null]>([
    ['by 0', judge({}), 'passed', null],
    ['by 0 after its time', judge({}, { milliseconds: 500_000 }), 'passed', null],
    ['by 1', judge({ exitCode: 1 }), 'failed', null],
    ['by a signal of its own', judge(killed), 'failed', /SIGTERM/],
    ['by a signal when its time was up', judge(killed, { milliseconds: 120_000 }), 'timed_out', /after 2 minutes/],
    ['by a signal when one minute was up', judge(killed, { minutes: 1, milliseconds: 60_000 }), 'timed_out', /after 1 minute\./],
    ['by saying too much', judge(killed, { flooded: true }), 'failed', /64 MiB/],
    ['without memory', judge({ exitCode: 137, oomKills: 1 }), 'failed', /memory/],
    ['without bash', judge({ exitCode: 127 }, { said: 'anyon-run: bash cannot be run: No such file or directory\n' }), 'could_not_run', /no bash/],
    ['without a worktree', judge({ exitCode: 125 }, { said: 'anyon-run: the directory /workspace/worktrees/x cannot be entered: No such file or directory\n' }), 'could_not_run', /worktree/],
    ['with a report that somebody has changed', judge({ problem: 'exit.json is not valid JSON.' }), 'could_not_run', /cannot be read/],
  ])('%s', (_, { state, reason }, expected, words) => {
    expect(state).toBe(expected);
    if (words === null) expect(reason).toBeNull();
    else expect(reason).toMatch(words);
  });
});

describe('what a check said', () => {
  it('is kept as text: no colours, nothing that Postgres does not take, of a line that was written over the last', () => {
    expect(plainText('\u001b[31mred\u001b[0m\r\n10 %\r50 %\r100 %\ntab\there\u0000\u0007\n')).toBe('red\n100 %\ntab\there\n');
    expect(plainText('half \ud83d')).toBe('half \ufffd');
    expect(plainText('\r\r\n\rover\r\r')).toBe('\nover');
  });

  it.each(['x', '\r', '\n', '\u001b', '\u001b['])('is read quickly also where it says only %j', (piece) => {
    const began = performance.now();
    expect(plainText(piece.repeat(32 * 1024)).length).toBeLessThanOrEqual(32 * 1024);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
