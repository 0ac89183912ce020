import { describe, expect, it } from 'vitest';
import { groupCards } from '@/components/board/card-groups';

const card = (runId: string, groupId?: string) => ({ runId, variant: groupId === undefined ? null : { groupId, position: 1, of: 3, isChosen: false, isArchived: false } });

describe('cards of variants', () => {
  it('stand together where the first of them stands; a single one stays a card', () => {
    const groups = groupCards([card('a'), card('b', 'g'), card('c'), card('d', 'h'), card('e', 'g')]);
    expect(groups.map(({ groupId, cards }) => [groupId, cards.map(({ runId }) => runId)])).toEqual([
      [null, ['a']],
      ['g', ['b', 'e']],
      [null, ['c']],
      ['h', ['d']],
    ]);
  });
});
