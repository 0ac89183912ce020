import { describe, expect, it } from 'vitest';
import { limitOptions, usedUp } from '@/server/runs/run-limits';

const none = { maxTurns: null, budgetUsd: null, turns: null, costUsd: null };

describe('the limits of a run', () => {
  it.each([
    ['none', none, []],
    ['of a first start', { ...none, maxTurns: 5, budgetUsd: 2 }, ['--max-turns', '5', '--max-budget-usd', '2.000000']],
    ['what is left for a later start', { maxTurns: 5, budgetUsd: 2, turns: 3, costUsd: 0.5 }, ['--max-turns', '2', '--max-budget-usd', '1.500000']],
  ])('%s', (_name, run, options) => {
    expect(limitOptions(run)).toEqual(options);
    expect(usedUp(run)).toBeNull();
  });

  it.each([
    ['turns', { ...none, maxTurns: 5, turns: 5 }, /used its 5 turns/],
    ['budget', { ...none, budgetUsd: 0.25, costUsd: 0.3 }, /budget of \$0\.2500: it has cost \$0\.3000/],
  ])('no start is made when the %s are used up', (limit, run, sentence) => {
    expect(usedUp(run)).toEqual({ limit, sentence: expect.stringMatching(sentence) });
  });
});
