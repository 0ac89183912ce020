import { describe, expect, it } from 'vitest';
import { readVariantChoices, type VariantChoices } from '@/components/variants/variant-choices';

const workspaceId = '0197a1b0-0000-7000-8000-000000000000';
const limits = { maxTurns: null, budgetUsd: 2 };
const read = (choices: Partial<VariantChoices>, prompt = 'Mend it') => readVariantChoices(workspaceId, prompt, { limits, model: 'sonnet' }, { count: 3, models: [], checkCommand: null, checkMinutes: null, ...choices });

describe('the fields of several variants', () => {
  it('give each the model that was chosen for all, where it has none of its own', () => {
    expect(read({ models: ['', ' opus '], checkCommand: ' npm test ', checkMinutes: '5' })).toEqual({ workspaceId, prompt: 'Mend it', budgetUsd: 2, models: ['sonnet', 'opus', 'sonnet'], checkCommand: 'npm test', checkMinutes: 5 });
    expect(readVariantChoices(workspaceId, 'Mend it', { limits }, { count: 2, models: ['', ''], checkCommand: '', checkMinutes: '' })).toMatchObject({ models: [null, null], checkMinutes: 10 });
  });

  it.each<[Partial<VariantChoices>, RegExp]>([
    [{ models: ['a', 'not a name'] }, /not a model name \(variant 2\)/],
    [{ checkMinutes: '0' }, /1 to 60/],
    [{ checkMinutes: 'soon' }, /1 to 60/],
    [{ count: 1 }, /ordinary run/],
    [{ count: 6 }, /At most 5/],
    [{ checkCommand: 'x'.repeat(9_000) }, /8,192/],
  ])('say what is wrong: %j', (choices, sentence) => {
    expect(read(choices)).toMatch(sentence);
  });

  it('need a prompt', () => {
    expect(read({}, '  ')).toBe('Say what Claude should do.');
  });
});
