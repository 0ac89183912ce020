'use client';

import { CircleCheck, Clock, Hand, LoaderCircle, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import type { BoardCard, BoardColumn } from '@/contract/board';
import { BoardCardItem } from '@/components/board/board-card';
import { groupCards } from '@/components/board/card-groups';
import { VariantCards } from '@/components/board/variant-cards';
import { Button } from '@/components/ui/button';

interface Look {
  word: string;
  icon: LucideIcon;
  color: string;
  empty: string;
}

const looks: Record<BoardColumn, Look> = {
  needs_you: { word: 'Needs you', icon: Hand, color: 'text-state-needs-you', empty: 'Nobody waits for you.' },
  working: { word: 'Working', icon: LoaderCircle, color: 'text-state-running', empty: 'No run is at work.' },
  waiting: { word: 'Waiting', icon: Clock, color: 'text-state-queued', empty: 'Nothing waits.' },
  done: { word: 'Done', icon: CircleCheck, color: 'text-state-succeeded', empty: 'Nothing is done yet.' },
};

const FIRST = 20;

/** One column: what it is called, how many, and the cards; of very many the first. */
export function BoardColumnList({ column, cards, showOwner }: { column: BoardColumn; cards: BoardCard[]; showOwner: boolean }) {
  const { word, icon: Icon, color, empty } = looks[column];
  const [all, setAll] = useState(false);
  const shown = all ? cards : cards.slice(0, FIRST);
  return (
    <section aria-label={word} className="flex min-h-0 min-w-0 flex-col gap-2">
      <h2 className={`flex items-center gap-1.5 font-semibold ${color}`}>
        <Icon aria-hidden className="size-4" />
        {word}
        <span className="font-normal text-ink-faint tabular-nums">{cards.length}</span>
      </h2>
      {cards.length === 0 && <p className="rounded-lg border border-dashed border-line px-3 py-4 text-center text-sm text-ink-faint">{empty}</p>}
      <ul className="-mx-1 flex min-h-0 flex-col gap-2 px-1 pb-1 xl:overflow-y-auto">
        {groupCards(shown).map(({ groupId, cards: together }) =>
          groupId === null ? (
            together.map((card) => <BoardCardItem key={card.runId} card={card} showOwner={showOwner} />)
          ) : (
            <VariantCards key={groupId} groupId={groupId} cards={together} showOwner={showOwner} />
          ),
        )}
        {shown.length < cards.length && (
          <li>
            <Button size="small" variant="quiet" onClick={() => setAll(true)}>
              Show {cards.length - shown.length} more
            </Button>
          </li>
        )}
      </ul>
    </section>
  );
}
