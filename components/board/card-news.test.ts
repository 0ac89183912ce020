import { describe, expect, it } from 'vitest';
import type { BoardCard } from '@/contract/board';
import { newsIn } from '@/components/board/card-news';

const card = (set: Partial<BoardCard>): BoardCard => ({ runId: 'r', workspaceName: 'garden', number: 3, status: 'running', column: 'working', ...set }) as BoardCard;
const titles = (before: BoardCard[], after: BoardCard[]) => newsIn(before, after).map(({ title }) => title);

describe('what is told of the board', () => {
  it.each<[string, Partial<BoardCard>, string[]]>([
    ['a question', { status: 'needs_you', column: 'needs_you' }, ['garden #3 needs you']],
    ['a sign-in that is missing', { status: 'parked', parkedFor: 'claude_sign_in', column: 'needs_you' }, ['garden #3 needs you']],
    ['a limit, which passes by itself', { status: 'parked', parkedFor: 'usage_limit', column: 'waiting' }, []],
    ['a good end', { status: 'succeeded', column: 'done' }, ['garden #3 is done']],
    ['a bad end', { status: 'failed', column: 'needs_you' }, ['garden #3 ended badly']],
    ['a stop', { status: 'stopped', column: 'done' }, []],
    ['nothing new', {}, []],
  ])('%s', (_name, set, told) => {
    expect(titles([card({})], [card(set)])).toEqual(told);
  });

  it('nothing of what was there when the page was opened, or came from elsewhere already over', () => {
    expect(titles([], [card({ status: 'succeeded', column: 'done' }), card({ runId: 'q', status: 'needs_you', column: 'needs_you' })])).toEqual([]);
    const over = card({ status: 'failed', column: 'needs_you' });
    expect(titles([over], [{ ...over, column: 'done' }])).toEqual([]);
  });
});
