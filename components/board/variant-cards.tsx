'use client';

import { Columns2 } from 'lucide-react';
import Link from 'next/link';
import type { BoardCard } from '@/contract/board';
import { BoardCardItem } from '@/components/board/board-card';

/** Cards of variants of one prompt, in one frame with the way to the page that compares them. */
export function VariantCards({ groupId, cards, showOwner }: { groupId: string; cards: BoardCard[]; showOwner: boolean }) {
  const of = cards[0]?.variant?.of ?? cards.length;
  return (
    <li className="flex flex-col gap-2 rounded-lg border border-line bg-sunken p-1.5">
      <div className="flex items-center gap-1.5 px-1.5 pt-0.5 text-xs text-ink-soft">
        <Columns2 aria-hidden className="size-3.5" />
        {cards.length === of ? `${of} variants` : `${cards.length} of ${of} variants`}
        <Link href={`/variants/${groupId}`} className="ml-auto font-medium text-accent hover:underline">
          Compare
        </Link>
      </div>
      <ul className="flex flex-col gap-2">
        {cards.map((card) => (
          <BoardCardItem key={card.runId} card={card} showOwner={showOwner} />
        ))}
      </ul>
    </li>
  );
}
