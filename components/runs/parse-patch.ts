import { parseDiff, type FileData } from 'react-diff-view';

/** One file of a patch as the page shows it. */
export interface PatchFile {
  path: string;
  oldPath: string | null;
  what: 'added' | 'deleted' | 'renamed' | 'changed';
  isBinary: boolean;
  additions: number;
  deletions: number;
  lines: number;
  /** Longest line in characters; very long ones are not laid out unasked. */
  longest: number;
  anchor: string;
  data: FileData;
}

const nowhere = '/dev/null';

/**
 * Reads a unified diff of git, one file at a time: the library loses binary and empty files in company, and a file that was cut at the end of a
 * truncated patch would take the others with it. What cannot be read is left out.
 */
export function parsePatch(patch: string): PatchFile[] {
  return patch
    .split(/^(?=diff --git )/m)
    .filter((block) => block.startsWith('diff --git '))
    .flatMap((block, index) => describe(block, index));
}

function describe(block: string, index: number): PatchFile[] {
  const file = parseOne(block);
  if (!file) return [];
  const head = block.split(/^@@ /m, 1)[0] ?? '';
  const changes = file.hunks.flatMap((hunk) => hunk.changes);
  return [
    {
      path: file.newPath === nowhere ? file.oldPath : file.newPath,
      oldPath: file.type === 'rename' ? file.oldPath : null,
      what: whatHappened(head, file),
      isBinary: /^(Binary files |GIT binary patch)/m.test(head),
      additions: changes.filter((change) => change.type === 'insert').length,
      deletions: changes.filter((change) => change.type === 'delete').length,
      lines: changes.length,
      longest: changes.reduce((longest, change) => Math.max(longest, change.content.length), 0),
      anchor: `file-${index}`,
      data: file,
    },
  ];
}

function whatHappened(head: string, file: FileData): PatchFile['what'] {
  if (/^new file mode/m.test(head)) return 'added';
  if (/^deleted file mode/m.test(head)) return 'deleted';
  return file.type === 'rename' ? 'renamed' : 'changed';
}

function parseOne(block: string): FileData | null {
  try {
    return parseDiff(block)[0] ?? null;
  } catch {
    return null; // cut in the middle
  }
}
