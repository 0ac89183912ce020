'use client';

import { FileDiff } from 'lucide-react';
import { useState } from 'react';
import type { VariantView } from '@/contract/variant';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Checkbox } from '@/components/ui/checkbox';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { Section } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';
import { Button } from '@/components/ui/button';
import { fileRows } from '@/components/variants/file-rows';
import { useVariantDiffs, type VariantDiff } from '@/components/variants/use-variant-diffs';
import { VariantFile } from '@/components/variants/variant-file';

/** Beyond so many files they begin folded: a browser needs time to lay lines out. */
const MOST_OPEN = 12;
const FIRST = 100;

/** What the chosen ones of the variants have changed, file by file, side by side. */
export function VariantDiffs({ variants }: { variants: readonly VariantView[] }) {
  // Null until somebody chooses: the first two that are not archived.
  const [picked, setPicked] = useState<readonly string[] | null>(null);
  const usual = variants.filter(({ archivedAt }) => archivedAt === null).slice(0, 2);
  const compared = picked ? variants.filter(({ runId }) => picked.includes(runId)) : usual;
  const toggle = (runId: string) => {
    const before = compared.map((variant) => variant.runId);
    setPicked(before.includes(runId) ? before.filter((id) => id !== runId) : [...before, runId]);
  };
  return (
    <Section
      title="Changes"
      note="Since each began. Choose the variants to put side by side."
      action={
        <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
          <legend className="sr-only">Variants to compare</legend>
          {variants.map(({ runId, position }) => (
            <label key={runId} className="inline-flex cursor-pointer items-center gap-2">
              <Checkbox label={`Show the changes of variant ${position}`} checked={compared.some((variant) => variant.runId === runId)} onChange={() => toggle(runId)} />
              {position}
            </label>
          ))}
        </fieldset>
      }
    >
      {compared.length === 0 ? <p className="text-sm text-ink-faint">No variant is chosen to compare.</p> : <Compared variants={compared} />}
    </Section>
  );
}

function Compared({ variants }: { variants: readonly VariantView[] }) {
  const diffs = useVariantDiffs(variants);
  const [all, setAll] = useState(false);
  const rows = fileRows(diffs.map(({ files }) => files));
  const waiting = diffs.some(({ files, error, variant }) => files === null && !error && variant.newest.status !== 'queued');
  const shown = all ? rows : rows.slice(0, FIRST);
  return (
    <div className="flex flex-col gap-3">
      {diffs.map((diff) => (
        <Trouble key={diff.variant.runId} diff={diff} />
      ))}
      {waiting && rows.length === 0 && <Skeleton className="h-64 w-full" />}
      {!waiting && rows.length === 0 && (
        <EmptyState icon={FileDiff} title="No changes">
          None of these variants has changed a file so far.
        </EmptyState>
      )}
      {shown.map((row) => (
        <VariantFile key={`${row.id} ${variants.map(({ position }) => position).join()}`} row={row} variants={variants} startsOpen={rows.length <= MOST_OPEN} />
      ))}
      {shown.length < rows.length && (
        <Button className="self-start" onClick={() => setAll(true)}>
          Show {rows.length - shown.length} more files
        </Button>
      )}
    </div>
  );
}

function Trouble({ diff: { variant, error, truncated, retry } }: { diff: VariantDiff }) {
  if (error) return <FailureNotice message={`Variant ${variant.position}: ${errorSentence(error)}`} kind={errorKind(error)} onRetry={retry} />;
  return truncated ? <Notice kind="warning">Variant {variant.position} has changed so much that not all of it is shown here.</Notice> : null;
}
