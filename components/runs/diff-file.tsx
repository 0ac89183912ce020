'use client';

import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Decoration, Diff, Hunk } from 'react-diff-view';
import { LineCount } from '@/components/runs/change-count';
import type { PatchFile } from '@/components/runs/parse-patch';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';

export type DiffView = 'unified' | 'split';

/** Beyond these a file is shown only when asked for: a browser needs seconds to lay it out. */
const manyLines = 1_500;
const longLine = 20_000;

/** One changed file; can be folded. */
export function DiffFile({ file, view }: { file: PatchFile; view: DiffView }) {
  const [open, setOpen] = useState(true);
  const [asked, setAsked] = useState(false);
  const tooBig = (file.lines > manyLines || file.longest > longLine) && !asked;
  return (
    <section id={file.anchor} aria-label={file.path} className="shrink-0 scroll-mt-2 overflow-hidden rounded-lg border border-line bg-surface">
      <header className="flex items-center gap-2 border-b border-line bg-sunken py-1.5 pr-2 pl-1">
        <button type="button" aria-expanded={open} aria-label={open ? 'Fold this file' : 'Unfold this file'} onClick={() => setOpen(!open)} className="grid size-7 shrink-0 place-items-center rounded-md hover:bg-hover">
          <ChevronRight aria-hidden className={open ? 'size-4 rotate-90' : 'size-4'} />
        </button>
        <h3 className="min-w-0 truncate font-mono text-xs font-medium" title={file.path}>
          {file.oldPath && <span className="text-ink-faint">{file.oldPath} → </span>}
          {file.path}
        </h3>
        <CopyButton label="Copy the path" text={file.path} />
        {file.what !== 'changed' && <span className="rounded-full border border-line-strong px-2 text-xs text-ink-soft">{file.what}</span>}
        <span className="ml-auto flex shrink-0 gap-1.5 font-mono text-xs">{!file.isBinary && <LineCount additions={file.additions} deletions={file.deletions} />}</span>
      </header>
      {open && (tooBig ? <TooBig file={file} onShow={() => setAsked(true)} /> : <Body file={file} view={view} />)}
    </section>
  );
}

function Body({ file, view }: { file: PatchFile; view: DiffView }) {
  if (file.isBinary) return <p className="px-4 py-3 text-sm text-ink-soft">A binary file; there are no lines to show.</p>;
  if (file.data.hunks.length === 0) return <p className="px-4 py-3 text-sm text-ink-soft">{file.what === 'renamed' ? 'Renamed without a change.' : file.what === 'added' ? 'An empty file.' : 'No lines changed.'}</p>;
  return (
    <div className="diff-anyon overflow-x-auto">
      <Diff viewType={view} diffType={file.data.type} hunks={file.data.hunks}>
        {(hunks) =>
          hunks.flatMap((hunk) => [
            <Decoration key={`head ${hunk.content}`}>{hunk.content}</Decoration>,
            <Hunk key={hunk.content} hunk={hunk} />,
          ])
        }
      </Diff>
    </div>
  );
}

function TooBig({ file, onShow }: { file: PatchFile; onShow: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm text-ink-soft">
      {file.lines.toLocaleString()} changed and surrounding lines{file.longest > longLine ? `, one of them ${file.longest.toLocaleString()} characters long` : ''}.
      <Button size="small" onClick={onShow}>
        Show it anyway
      </Button>
    </div>
  );
}
