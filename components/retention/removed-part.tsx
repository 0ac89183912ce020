import { FileText } from 'lucide-react';
import type { ReactNode } from 'react';
import { removedSentence } from '@/contract/retention';
import { EmptyState } from '@/components/ui/empty-state';

/** Stands where something was that retention has removed, and says when and by which rule. */
export function RemovedPart({ what, at, because, children }: { what: string; at: Date; because: string | null; children?: ReactNode }) {
  return (
    <EmptyState icon={FileText} title="No longer kept">
      <p>{removedSentence(what, at, because ?? 'no longer kept')}</p>
      {children}
    </EmptyState>
  );
}
