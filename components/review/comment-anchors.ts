import { getChangeKey, type ChangeData, type HunkData } from 'react-diff-view';
import type { ReviewComment } from '@/contract/review';

/** A line of a diff, as a comment names it. */
export type LineAnchor = Pick<ReviewComment, 'side' | 'line' | 'lineText'>;

const LONGEST_LINE_TEXT = 2000;

/** How a comment names this line: a removed one in the file as it was, every other in the file as it is. */
export function anchorOf(change: ChangeData): LineAnchor {
  const lineText = textOf(change);
  if (change.type === 'delete') return { side: 'old', line: change.lineNumber, lineText };
  return { side: 'new', line: change.type === 'insert' ? change.lineNumber : change.newLineNumber, lineText };
}

function textOf({ content }: ChangeData): string {
  return content.replace(/␍$/, '').slice(0, LONGEST_LINE_TEXT);
}

/** For each line with something on it: its key in the diff. What names a line that is not there any more, or reads otherwise now, is outdated. */
export function placeOnLines<Item extends LineAnchor>(items: readonly Item[], hunks: readonly HunkData[]): { byLine: Map<string, Item[]>; outdated: Item[] } {
  const byLine = new Map<string, Item[]>();
  const outdated: Item[] = [];
  const lines = items.length > 0 ? linesOf(hunks) : new Map<string, ChangeData>();
  for (const item of items) {
    const change = lines.get(`${item.side}:${item.line}`);
    if (!change || textOf(change) !== item.lineText) {
      outdated.push(item);
      continue;
    }
    const key = getChangeKey(change);
    byLine.set(key, [...(byLine.get(key) ?? []), item]);
  }
  return { byLine, outdated };
}

function linesOf(hunks: readonly HunkData[]): Map<string, ChangeData> {
  const lines = new Map<string, ChangeData>();
  for (const { changes } of hunks) {
    for (const change of changes) {
      const { side, line } = anchorOf(change);
      lines.set(`${side}:${line}`, change);
      if (change.type === 'normal') lines.set(`old:${change.oldLineNumber}`, change); // where it was removed in another diff
    }
  }
  return lines;
}
