'use client';

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import { memo, useMemo, useState } from 'react';
import { DiffLines, type DiffLinesProps } from '@/components/review/diff-lines';
import { fileFacts, withoutLines } from '@/components/review/file-facts';
import { readFile, type PatchFile } from '@/components/review/parse-patch';
import { RevertFileButton } from '@/components/review/revert-file-button';
import { LineCount } from '@/components/runs/change-count';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Beyond these a file is shown only when asked for: a browser needs seconds to lay it out. */
const manyLines = 1_500;
const longLine = 20_000;

interface DiffFileProps extends DiffLinesProps {
  isViewed: boolean;
  setViewed: (file: PatchFile, viewed: boolean) => void;
  /** False while a run is at work in the files. */
  mayRevert: boolean;
}

/** One changed file. Folded when it is marked as viewed. */
export const DiffFile = memo(function DiffFile({ file, isViewed, setViewed, mayRevert, ...rest }: DiffFileProps) {
  const [folded, setFolded] = useState<boolean | null>(null);
  const open = folded === null ? !isViewed : !folded;
  return (
    <section id={anchorName(file)} data-diff-file aria-label={file.path} className="shrink-0 scroll-mt-2 rounded-lg border border-line bg-surface">
      <header className={clsx('sticky top-0 z-10 flex flex-wrap items-center gap-x-2 gap-y-1 bg-sunken py-1.5 pr-2 pl-1', open ? 'rounded-t-lg border-b border-line' : 'rounded-lg')}>
        <button type="button" data-file-head aria-expanded={open} aria-label={`${open ? 'Fold' : 'Unfold'} ${file.path}`} onClick={() => setFolded(open)} className="grid size-7 shrink-0 place-items-center rounded-md hover:bg-hover">
          <ChevronRight aria-hidden className={open ? 'size-4 rotate-90' : 'size-4'} />
        </button>
        <h3 className="min-w-0 truncate font-mono text-xs font-medium" title={file.path}>
          {file.from !== null && <span className="text-ink-faint">{file.from} → </span>}
          {file.path}
        </h3>
        <CopyButton label="Copy the path" text={file.path} />
        {fileFacts(file).map((fact) => (
          <span key={fact} className="rounded-full border border-line-strong px-2 text-xs text-ink-soft">
            {fact}
          </span>
        ))}
        <span className="ml-auto flex shrink-0 items-center gap-2 font-mono text-xs">
          {!file.binary && <LineCount additions={file.additions} deletions={file.deletions} />}
          {mayRevert && <RevertFileButton runId={rest.runId} against={rest.against} file={file} />}
          <label className="flex items-center gap-1 font-sans text-ink-soft">
            <input
              type="checkbox"
              checked={isViewed}
              onChange={(event) => {
                setViewed(file, event.target.checked);
                setFolded(null);
              }}
            />
            Viewed
          </label>
        </span>
      </header>
      {open && <DiffFileBody file={file} {...rest} />}
    </section>
  );
});

/** Where the list leads to. */
export function anchorName({ id }: PatchFile): string {
  return `file-${id}`;
}

/** Its lines, or what has to be asked for before they are shown. */
export function DiffFileBody({ file, ...rest }: DiffLinesProps) {
  const [asked, setAsked] = useState(false);
  if (file.omitted !== null) return <LoadedFile file={file} {...rest} />;
  if ((file.lines > manyLines || file.longest > longLine) && !asked) return <Large file={file} onShow={() => setAsked(true)} />;
  return <Lines file={file} {...rest} />;
}

function Lines({ file, ...rest }: DiffLinesProps) {
  if (file.hunks.length === 0) return <p className="px-4 py-3 text-sm text-ink-soft">{withoutLines(file)}</p>;
  return <DiffLines file={file} {...rest} />;
}

/** A file whose lines did not come with the diff. */
function LoadedFile({ file, ...rest }: DiffLinesProps) {
  const trpc = useTRPC();
  const [asked, setAsked] = useState(false);
  const patch = useQuery({ ...trpc.review.file.queryOptions({ runId: rest.runId, fileId: file.id, against: rest.against, what: 'patch' }, { retry: false, staleTime: 60_000 }), enabled: asked });
  const loaded = useMemo(() => (patch.data === undefined ? null : readFile({ ...file, omitted: null }, patch.data)), [file, patch.data]);
  if (loaded) return <Lines file={loaded} {...rest} />;
  if (patch.isError) return <div className="p-2"><FailureNotice message={errorSentence(patch.error)} kind={errorKind(patch.error)} onRetry={() => void patch.refetch()} /></div>;
  return (
    <div className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm text-ink-soft">
      {file.omitted === 'large' ? 'Too much has changed in this file to show it unasked.' : 'The diff is too large to bring this file along.'}
      <Button size="small" busy={patch.isFetching} onClick={() => setAsked(true)}>
        Load this file
      </Button>
    </div>
  );
}

function Large({ file, onShow }: { file: PatchFile; onShow: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm text-ink-soft">
      {file.lines.toLocaleString()} changed and surrounding lines{file.longest > longLine ? `, one of them ${file.longest.toLocaleString()} characters long` : ''}.
      <Button size="small" onClick={onShow}>
        Show it anyway
      </Button>
    </div>
  );
}
