'use client';

import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { VariantView } from '@/contract/variant';
import { DiffFileBody } from '@/components/review/diff-file';
import { fileFacts } from '@/components/review/file-facts';
import type { PatchFile } from '@/components/review/parse-patch';
import { LineCount } from '@/components/runs/change-count';
import { CopyButton } from '@/components/ui/copy-button';
import { sameAs, type FileRow } from '@/components/variants/file-rows';

interface VariantFileProps {
  row: FileRow<PatchFile>;
  /** In the order of the row's files. */
  variants: readonly VariantView[];
  startsOpen: boolean;
}

const columns = ['', 'md:grid-cols-1', 'md:grid-cols-2', 'md:grid-cols-3', 'md:grid-cols-4', 'md:grid-cols-5'];

/** One file, with what each variant has made of it beside the others; below each other on a phone. */
export function VariantFile({ row, variants, startsOpen }: VariantFileProps) {
  const [open, setOpen] = useState(startsOpen);
  return (
    <section aria-label={row.path} className="rounded-lg border border-line bg-surface">
      <header className={clsx('sticky top-0 z-10 flex items-center gap-2 bg-sunken py-1.5 pr-2 pl-1', open ? 'rounded-t-lg border-b border-line' : 'rounded-lg')}>
        <button type="button" aria-expanded={open} aria-label={`${open ? 'Fold' : 'Unfold'} ${row.path}`} onClick={() => setOpen(!open)} className="grid size-7 shrink-0 place-items-center rounded-md hover:bg-hover">
          <ChevronRight aria-hidden className={open ? 'size-4 rotate-90' : 'size-4'} />
        </button>
        <h3 className="min-w-0 truncate font-mono text-xs font-medium" title={row.path}>
          {row.path}
        </h3>
        <CopyButton label={`Copy the path ${row.path}`} text={row.path} />
        <span className="ml-auto shrink-0 text-xs text-ink-faint">
          changed in {row.files.filter(Boolean).length} of {row.files.length}
        </span>
      </header>
      {open && (
        <div className={clsx('grid grid-cols-1 divide-y divide-line md:divide-x md:divide-y-0', columns[variants.length])}>
          {variants.map((variant, index) => (
            <Pane key={variant.runId} variant={variant} file={row.files[index] ?? null} same={positionOf(variants, sameAs(row.files, index))} />
          ))}
        </div>
      )}
    </section>
  );
}

function positionOf(variants: readonly VariantView[], index: number | null): number | null {
  return index === null ? null : (variants[index]?.position ?? null);
}

const none: never[] = [];

function Pane({ variant, file, same }: { variant: VariantView; file: PatchFile | null; same: number | null }) {
  const [shown, setShown] = useState(false);
  return (
    <div className="min-w-0 overflow-x-auto" role="group" aria-label={`Variant ${variant.position}`}>
      <p className="flex flex-wrap items-center gap-2 px-3 py-1 text-xs text-ink-soft">
        <span className="font-medium">Variant {variant.position}</span>
        {file && !file.binary && (
          <span className="inline-flex gap-1.5 font-mono">
            <LineCount additions={file.additions} deletions={file.deletions} />
          </span>
        )}
        {file && fileFacts(file).map((fact) => <span key={fact}>{fact}</span>)}
      </p>
      {file === null && <p className="px-3 pb-3 text-sm text-ink-faint">Not changed.</p>}
      {file !== null && same !== null && !shown && (
        <p className="px-3 pb-3 text-sm text-ink-faint">
          The same change as in variant {same}.{' '}
          <button type="button" className="underline underline-offset-2 hover:text-ink" onClick={() => setShown(true)}>
            Show it
          </button>
        </p>
      )}
      {file !== null && (same === null || shown) && <DiffFileBody runId={variant.newest.id} against="conversation" file={file} view="unified" comments={none} drafts={none} actions={null} userId={null} />}
    </div>
  );
}
