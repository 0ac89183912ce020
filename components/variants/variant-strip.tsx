'use client';

import { Columns2 } from 'lucide-react';
import Link from 'next/link';
import type { VariantMark } from '@/contract/variant-mark';

/** On the page of a run: which of several tries of one prompt it is, and the way to the others. */
export function VariantStrip({ variant: { groupId, position, of, isChosen, isArchived } }: { variant: VariantMark }) {
  return (
    <nav aria-label="Variants" className="flex items-center gap-2 rounded-lg border border-line bg-sunken px-3 py-1.5 text-sm">
      <Columns2 aria-hidden className="size-4 shrink-0 text-ink-soft" />
      <span className="min-w-0 flex-1">
        Variant {position} of {of}
        {isChosen && <span className="font-medium text-accent"> · chosen</span>}
        {isArchived && <span className="text-ink-soft"> · archived</span>}
      </span>
      <Link href={`/variants/${groupId}`} className="shrink-0 font-medium text-accent hover:underline">
        Compare
      </Link>
    </nav>
  );
}
