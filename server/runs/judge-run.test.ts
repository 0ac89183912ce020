import { describe, expect, it } from 'vitest';
import { judgeRun, type RunEnding } from '@/server/runs/judge-run';
import type { ResultLine } from '@/server/runs/result-line';

const MIB = 1024 ** 2;
const success: ResultLine = { subtype: 'success', isError: false, text: 'Done.', errors: [], permissionDenials: 0, apiErrorStatus: null, usage: null };
const clean: RunEnding = { kind: 'exited', stage: 'command', exitCode: 0, signal: null, outOfMemory: null, stopRequestedBy: null, limits: { maxTurns: null, budgetUsd: null, costUsd: null }, result: success, lastError: null };

describe('REL-13 the verdict about a run', () => {
  const cases: [string, Partial<RunEnding>, string, RegExp | null][] = [
    ['a clean end', {}, 'succeeded', null],
    ['denied tools', { result: { ...success, permissionDenials: 2 } }, 'succeeded', /denied 2 tool call/],
    ['a stop that came too late', { stopRequestedBy: 'ada' }, 'succeeded', /ended by itself before the stop/],
    ['an API error that the result calls a success', { exitCode: 1, result: { ...success, isError: true, text: 'Invalid API key' } }, 'failed', /Invalid API key/],
    ['exit 0 without a result line', { result: null }, 'failed', /exit code 0 without a result/],
    ['exit 0 with an error result', { result: { ...success, subtype: 'error_during_execution' } }, 'failed', /error_during_execution|Done/],
    ['the limit of turns', { result: { ...success, subtype: 'error_max_turns' }, limits: { maxTurns: 3, budgetUsd: null, costUsd: null } }, 'failed', /limit of 3 turns before it was done\. Resume it/],
    ['the limit of turns, with an exit of 1', { exitCode: 1, result: { ...success, subtype: 'error_max_turns', isError: true }, limits: { maxTurns: 1, budgetUsd: null, costUsd: null } }, 'failed', /limit of 1 turn before/],
    ['the budget', { exitCode: 1, result: { ...success, subtype: 'error_max_budget_usd', isError: true }, limits: { maxTurns: null, budgetUsd: 0.5, costUsd: 0.51234 } }, 'failed', /budget of \$0\.5000 before it was done; it has cost \$0\.5123\. Resume it/],
    ['the budget, and nobody knows the cost', { result: { ...success, subtype: 'error_max_budget_usd' }, limits: { maxTurns: null, budgetUsd: 20, costUsd: null } }, 'failed', /budget of \$20\.00 before it was done\. Resume it/],
    ['a good result but a bad exit', { exitCode: 3 }, 'failed', /exit code 3 after its result/],
    ['a signal from outside', { exitCode: null, signal: 'SIGKILL', result: null }, 'failed', /ended by SIGKILL without a result/],
    ['bad flags, told on stderr', { exitCode: 1, result: null, lastError: 'unknown option' }, 'failed', /Its last words: unknown option/],
    ['a stop', { exitCode: 143, result: null, stopRequestedBy: 'ada' }, 'stopped', /Stopped by ada/],
    ['a stop while the container went away', { kind: 'container-stopped', stage: null, exitCode: null, result: null, stopRequestedBy: 'ada' }, 'stopped', /ada/],
    ['too little memory', { exitCode: 137, result: null, outOfMemory: { limitBytes: 512 * MIB, peakBytes: 511 * MIB } }, 'failed', /the limit is 512 MiB, and 511 MiB were in use at the peak\.$/],
    ['too little memory, and nobody knows the peak', { exitCode: 137, result: null, outOfMemory: { limitBytes: 2048 * MIB, peakBytes: null } }, 'failed', /the limit is 2\.0 GiB\.$/],
    ['too little memory, and nobody knows how much', { exitCode: 137, result: null, outOfMemory: { limitBytes: null, peakBytes: null } }, 'failed', /and was ended\.$/],
    ['a child that ran out of memory while the run went well', { outOfMemory: { limitBytes: 512 * MIB, peakBytes: null } }, 'succeeded', null],
    ['a stopped container', { kind: 'container-stopped', stage: null, exitCode: null, result: null }, 'interrupted', /container stopped/],
    ['a stopped container after a good result line', { kind: 'container-stopped', stage: null, exitCode: null }, 'interrupted', /container stopped/],
    ['a process that is gone', { kind: 'process-gone', stage: null, exitCode: null, result: null }, 'lost', /disappeared/],
    ['a worktree that could not be made', { stage: 'worktree', exitCode: 128, result: null, lastError: 'fatal: invalid reference' }, 'failed', /invalid reference/],
  ];

  it.each(cases)('%s', (_name, change, status, reason) => {
    const verdict = judgeRun({ ...clean, ...change });
    expect(verdict.status).toBe(status);
    if (reason) expect(verdict.reason).toMatch(reason);
    else expect(verdict.reason).toBeNull();
  });
});
