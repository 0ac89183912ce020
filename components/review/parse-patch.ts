import type { ChangeData, HunkData } from 'react-diff-view';
import type { DiffFile } from '@/contract/review';

/** One file of a diff as the page shows it. */
export interface PatchFile extends DiffFile {
  hunks: HunkData[];
  /** Changed and surrounding lines that are there. */
  lines: number;
  /** Longest line in characters; very long ones are not laid out unasked. */
  longest: number;
  /** The pieces of the patch that it was read from; the same text gives the same file. */
  source: string;
}

/**
 * Reads a patch by the list of files that came with it, so that no name is ever read from the patch itself. Files of `previous` that are the
 * same are taken from there. A patch without a list (kept by an older version) is read by its own headers.
 */
export function readPatch(patch: string, files: readonly DiffFile[], previous: readonly PatchFile[] = []): PatchFile[] {
  const blocks = patch.split(/^(?=diff --git )/m).filter((block) => block.startsWith('diff --git '));
  const described = files.length > 0 ? files : blocks.map(describeByHeader);
  const known = new Map(previous.map((file) => [file.id, file]));
  let next = 0;
  return described.map((file) => {
    const source = blocks.slice(next, next + file.blocks).join('');
    next += file.blocks;
    const before = known.get(file.id);
    return before && isSame(before, file, source) ? before : readFile(file, source);
  });
}

/** The same for one file, whose part of the patch was loaded by itself. */
export function readFile(file: DiffFile, source: string): PatchFile {
  const hunks = readHunks(source);
  const changes = hunks.flatMap((hunk) => hunk.changes);
  if (changes.every(({ content }) => content.endsWith(WINDOWS_END))) for (const change of changes) change.content = change.content.slice(0, -1);
  const longest = changes.reduce((most, change) => Math.max(most, change.content.length), 0);
  return { ...file, hunks, lines: changes.length, longest, source };
}

function isSame(before: PatchFile, file: DiffFile, source: string): boolean {
  return before.source === source && (Object.keys(file) as (keyof DiffFile)[]).every((key) => before[key] === file[key]);
}

/** Stands for the carriage return in a file that has both kinds of line ends: it can be all that has changed. */
const WINDOWS_END = '␍';

const hunkHead = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@.*$/;

/** What stands outside of hunks, and lines that git never writes, are passed over. */
function readHunks(source: string): HunkData[] {
  const hunks: HunkData[] = [];
  let hunk: HunkData | null = null;
  let place = { old: 0, new: 0 };
  for (const line of source.split('\n')) {
    const head = hunkHead.exec(line);
    if (line.startsWith('diff --git ')) hunk = null;
    else if (head) {
      const [oldStart = 0, oldLines = 1, newStart = 0, newLines = 1] = head.slice(1).map((digits) => (digits === undefined ? undefined : Number(digits)));
      hunk = { content: line, oldStart, oldLines, newStart, newLines, changes: [] };
      place = { old: oldStart, new: newStart };
      hunks.push(hunk);
    } else if (hunk) {
      const change = readLine(line, place);
      if (change) hunk.changes.push(change);
    }
  }
  return hunks;
}

function readLine(line: string, place: { old: number; new: number }): ChangeData | null {
  const content = line.slice(1).replace(/\r$/, WINDOWS_END);
  if (line.startsWith('+')) return { type: 'insert', isInsert: true, lineNumber: place.new++, content };
  if (line.startsWith('-')) return { type: 'delete', isDelete: true, lineNumber: place.old++, content };
  if (line.startsWith(' ')) return { type: 'normal', isNormal: true, oldLineNumber: place.old++, newLineNumber: place.new++, content };
  return null; // "\ No newline at end of file"
}

/** True where the patch says that a file ends without a newline. */
export function lacksNewline({ source }: PatchFile): boolean {
  return /^\\ No newline/m.test(source);
}

function describeByHeader(block: string, index: number): DiffFile {
  const head = block.split(/^@@ /m, 1)[0] ?? '';
  const named = (pattern: RegExp) => pattern.exec(head)?.[1];
  const from = named(/^rename from (.+)$/m) ?? null;
  const path = named(/^rename to (.+)$/m) ?? named(/^\+\+\+ b\/(.+)$/m) ?? named(/^--- a\/(.+)$/m) ?? named(/^diff --git a\/.+ b\/(.+)$/m) ?? `file ${index + 1}`;
  const lines = block.slice(head.length).split('\n');
  const status = /^new file mode/m.test(head) ? 'added' : /^deleted file mode/m.test(head) ? 'deleted' : from !== null ? 'renamed' : 'modified';
  const counts = { additions: lines.filter((line) => line.startsWith('+')).length, deletions: lines.filter((line) => line.startsWith('-')).length };
  return { id: `header-${index}`, path, from, status, ...counts, binary: /^(Binary files |GIT binary patch)/m.test(head), oldMode: '100644', newMode: '100644', oldSize: null, newSize: null, blocks: 1, omitted: null };
}
