'use client';

import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { retentionWords, type RetentionForecast, type RetentionThingView } from '@/contract/retention';
import { count, formatSize } from '@/components/ui/quantities';

/** What goes, folded: the newest hundred, each with when it ended, why it goes and what that frees. */
export function GoingList({ forecast: { kind, first, goes } }: { forecast: RetentionForecast }) {
  const { one, many } = retentionWords[kind];
  const shown = first.reduce((sum, { items }) => sum + items, 0);
  return (
    <details className="group min-w-0 flex-1 basis-56 text-sm">
      <summary className="inline-flex h-7 cursor-pointer items-center gap-1 text-ink-soft hover:text-ink">
        <ChevronRight aria-hidden className="size-4 group-open:rotate-90" />
        Show what goes
      </summary>
      <ul className="mt-2 max-h-80 divide-y divide-line overflow-y-auto rounded-md border border-line">
        {first.map((thing) => (
          <GoingRow key={thing.id} thing={thing} />
        ))}
        {goes.items > shown && <li className="px-3 py-2 text-ink-faint">and {count(goes.items - shown, `older ${one}`, `older ${many}`)}</li>}
      </ul>
    </details>
  );
}

function GoingRow({ thing: { name, link, endedAt, bytes, because, waitsFor } }: { thing: RetentionThingView }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 px-3 py-1.5">
      <span className="min-w-0 flex-1 basis-48 [overflow-wrap:anywhere]">
        {link ? (
          <Link href={link} className="hover:underline">
            {name}
          </Link>
        ) : (
          name
        )}
        <span className="block text-xs text-ink-faint">
          {because}
          {waitsFor && `; waits for ${waitsFor}`}
        </span>
      </span>
      <span className="flex shrink-0 items-baseline gap-x-3 tabular-nums">
        <span className="text-xs text-ink-faint">{endedAt.toISOString().slice(0, 10)}</span>
        <span className="text-ink-soft sm:w-16 sm:text-right">{formatSize(bytes)}</span>
      </span>
    </li>
  );
}
