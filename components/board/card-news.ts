import type { BoardCard } from '@/contract/board';
import { isFinal } from '@/contract/run';

/** Something about a run that its person wants to hear of although they do not look. */
export interface CardNews {
  card: BoardCard;
  title: string;
}

/** What became worth telling between two looks at the board: a run that now needs somebody, a run that is now over. A run that was stopped is no news: somebody did it. */
export function newsIn(before: readonly BoardCard[], after: readonly BoardCard[]): CardNews[] {
  const known = new Map(before.map((card) => [card.runId, card]));
  return after.flatMap((card) => {
    const old = known.get(card.runId);
    if (!old || isFinal(old.status) || old.status === card.status || card.status === 'stopped') return [];
    if (card.column === 'needs_you') return [{ card, title: `${card.workspaceName} #${card.number} ${isFinal(card.status) ? 'ended badly' : 'needs you'}` }];
    return isFinal(card.status) ? [{ card, title: `${card.workspaceName} #${card.number} is done` }] : [];
  });
}
