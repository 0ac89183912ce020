import type { BoardCard } from '@/contract/board';

type Grouped = Pick<BoardCard, 'runId' | 'variant'>;

/** Cards of one column that belong together: the variants of a prompt, or one run that is by itself. */
export interface CardGroup<Card> {
  /** Null for one that is by itself. */
  groupId: string | null;
  cards: Card[];
}

/** In the order of the cards; variants stand where the first of them stands. */
export function groupCards<Card extends Grouped>(cards: readonly Card[]): CardGroup<Card>[] {
  const groups: CardGroup<Card>[] = [];
  const known = new Map<string, CardGroup<Card>>();
  for (const card of cards) {
    const groupId = card.variant?.groupId ?? null;
    const group = groupId === null ? undefined : known.get(groupId);
    if (group) group.cards.push(card);
    else {
      const added = { groupId, cards: [card] };
      groups.push(added);
      if (groupId !== null) known.set(groupId, added);
    }
  }
  return groups;
}
