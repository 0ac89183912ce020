'use client';

import { UnfoldVertical } from 'lucide-react';
import { memo, useCallback, useMemo } from 'react';
import { Decoration, Diff, getChangeKey, getCollapsedLinesCountBetween, Hunk, isNormal, type ChangeData, type DiffType, type GutterOptions, type HunkData } from 'react-diff-view';
import type { DiffBase, ReviewComment } from '@/contract/review';
import { anchorOf, placeOnLines } from '@/components/review/comment-anchors';
import { LineComments } from '@/components/review/line-comments';
import { LineGutter } from '@/components/review/line-gutter';
import type { PatchFile } from '@/components/review/parse-patch';
import { useColours } from '@/components/review/use-colours';
import type { CommentActions, Draft } from '@/components/review/use-comments';
import { CONTEXT_STEP, useContextLines } from '@/components/review/use-context-lines';
import { Notice } from '@/components/ui/notice';

/** Unchanged lines around each change. */
const CONTEXT_OF_GIT = 3;

export type DiffView = 'unified' | 'split';

export interface DiffLinesProps {
  runId: string;
  against: DiffBase;
  file: PatchFile;
  view: DiffView;
  /** Those on this file, and those that are being written on it. */
  comments: readonly ReviewComment[];
  drafts: readonly Draft[];
  /** Null where nobody comments: then there are no comments either. */
  actions: CommentActions | null;
  /** The person who looks. */
  userId: string | null;
}

/** The changed lines of one file, with what people say about them. */
export const DiffLines = memo(function DiffLines({ runId, against, file, view, comments, drafts, actions, userId }: DiffLinesProps) {
  const context = useContextLines(runId, against, file);
  const { hunks } = context;
  const tokens = useColours(file.path, hunks);
  const written = useMemo(() => placeOnLines(comments, hunks), [comments, hunks]);
  const writing = useMemo(() => placeOnLines(drafts, hunks), [drafts, hunks]);
  const comment = useCallback((change: ChangeData) => actions?.open({ ...anchorOf(change), fileId: file.id, body: '' }), [actions, file.id]);
  const first = hunks[0]?.changes[0];
  const firstKey = first ? getChangeKey(first) : null;
  const gutter = useCallback((options: GutterOptions) => <LineGutter gutter={options} isFirst={getChangeKey(options.change) === firstKey} onComment={comment} />, [comment, firstKey]);
  const on = actions && { path: file.path, actions, userId };
  const keys = new Set([...written.byLine.keys(), ...writing.byLine.keys()]);
  const widgets = on && Object.fromEntries([...keys].map((key) => [key, <LineComments key={key} {...on} written={written.byLine.get(key) ?? []} drafts={writing.byLine.get(key) ?? []} />]));
  const canExpand = file.status === 'modified' || file.status === 'renamed';
  return (
    <div className="diff-anyon">
      {context.failure && <Notice kind="warning" className="m-2">{context.failure}</Notice>}
      {on && written.outdated.length + writing.outdated.length > 0 && <LineComments {...on} written={written.outdated} drafts={writing.outdated} outdated />}
      <Diff viewType={view} diffType={typeOf(file)} hunks={hunks} tokens={tokens} {...(widgets && { widgets, renderGutter: gutter })}>
        {(shown) => [
          ...shown.flatMap((hunk, index) => {
            const hidden = canExpand ? getCollapsedLinesCountBetween(shown[index - 1] ?? null, hunk) : 0;
            const head = (
              <Decoration key={`head ${hunk.oldStart} ${hunk.newStart}`}>
                <HunkHead hunk={hunk} hidden={hidden} busy={context.isLoading} onShow={context.show} />
              </Decoration>
            );
            return [...(index > 0 || hidden > 0 || wordsOf(hunk) ? [head] : []), <Hunk key={`${hunk.oldStart} ${hunk.newStart}`} hunk={hunk} />];
          }),
          ...(canExpand ? [<Rest key="rest" hunks={shown} oldLines={context.oldLines} onShow={context.show} />] : []),
        ]}
      </Diff>
    </div>
  );
});

interface Expanding {
  onShow: (start: number, end: number) => void;
}

/** Where the next changed lines are, and the way to what lies between. */
function HunkHead({ hunk, hidden, busy, onShow }: Expanding & { hunk: HunkData; hidden: number; busy: boolean }) {
  const count = Math.min(hidden, CONTEXT_STEP);
  return (
    <span className="flex min-h-5 items-center gap-2">
      {count > 0 && (
        <button type="button" disabled={busy} className="inline-flex items-center gap-1 rounded px-1 hover:bg-hover hover:text-ink" onClick={() => onShow(hunk.oldStart - count, hunk.oldStart)}>
          <UnfoldVertical aria-hidden className="size-3" />
          {count === hidden ? `${hidden} ${hidden === 1 ? 'line' : 'lines'}` : `${count} of ${hidden.toLocaleString()} lines`}
        </button>
      )}
      <span className="truncate">{wordsOf(hunk)}</span>
    </span>
  );
}

/** What comes after the last change; how much that is is known once the file has been loaded. */
function Rest({ hunks, oldLines, onShow }: Expanding & { hunks: HunkData[]; oldLines: number | null }) {
  const last = hunks.at(-1);
  const from = last ? last.oldStart + last.oldLines : 1;
  if (!last || (oldLines === null ? endsEarly(last) : from > oldLines)) return null;
  return (
    <Decoration>
      <button type="button" className="inline-flex items-center gap-1 rounded px-1 hover:bg-hover hover:text-ink" onClick={() => onShow(from, from + CONTEXT_STEP)}>
        <UnfoldVertical aria-hidden className="size-3" />
        Lines after
      </button>
    </Decoration>
  );
}

/** What git says about the place, mostly the function around it. */
function wordsOf({ content }: HunkData): string {
  return content.replace(/^@@ .*? @@ ?/, '');
}

/** Fewer unchanged lines after the last change than git gives where there are some: the file ends there. */
function endsEarly({ changes }: HunkData): boolean {
  return changes.slice(-CONTEXT_OF_GIT).some((change) => !isNormal(change));
}

function typeOf({ status }: PatchFile): DiffType {
  if (status === 'added') return 'add';
  return status === 'deleted' ? 'delete' : 'modify';
}
