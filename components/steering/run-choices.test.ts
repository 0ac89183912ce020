import { describe, expect, it } from 'vitest';
import { readChoices, usualChoices } from '@/components/steering/run-choices';

describe('the choices for a run', () => {
  it('say nothing where nothing was chosen', () => {
    expect(readChoices(usualChoices)).toEqual({ limits: { maxTurns: null, budgetUsd: null } });
  });

  it('are read as they are written', () => {
    expect(readChoices({ permissionMode: 'plan', model: ' opus ', maxTurns: '20', budgetUsd: '2,50' })).toEqual({ permissionMode: 'plan', model: 'opus', limits: { maxTurns: 20, budgetUsd: 2.5 } });
  });

  it.each([
    [{ maxTurns: '0' }, /turn limit/],
    [{ maxTurns: '1.5' }, /turn limit/],
    [{ maxTurns: 'many' }, /turn limit/],
    [{ budgetUsd: '-1' }, /budget/],
    [{ budgetUsd: '20000' }, /budget/],
    [{ model: 'no spaces here' }, /model name/],
  ])('are refused in words: %j', (wrong, words) => {
    expect(readChoices({ ...usualChoices, ...wrong })).toMatch(words);
  });
});
