'use client';

import { Columns2 } from 'lucide-react';
import Link from 'next/link';
import type { VariantMark } from '@/contract/variant-mark';

/** On the page of a run: which of several tries of one prompt it is, and the way to the others. */
export function VariantStrip({ variant: { groupId, position, of, isChosen, isArchived } }: { variant: VariantMark }) {
  return (
    <nav aria-label="Variants" className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-lg border border-line bg-sunken px-3 py-1.5 text-sm">
      <Columns2 aria-hidden className="size-4 text-ink-soft" />
      <span>
        Variant {position} of {of}
        {isChosen && <span className="font-medium text-accent"> · chosen</span>}
        {isArchived && <span className="text-ink-soft"> · archived: restore it there to go on with it</span>}
      </span>
      <Link href={`/variants/${groupId}`} className="ml-auto font-medium text-accent hover:underline">
        Compare
      </Link>
    </nav>
  );
}
