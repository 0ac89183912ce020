import { expect, test } from 'vitest';
import type { DiffFile } from '@/contract/review';
import { lacksNewline, readPatch } from '@/components/review/parse-patch';

const changed = `diff --git a/a.ts b/a.ts
index 1111111..2222222 100644
--- a/a.ts
+++ b/a.ts
@@ -1,2 +1,3 @@ function x() {
 same
-old
+new
+more
`;
const binary = `diff --git a/logo.png b/logo.png
new file mode 100644
index 0000000..5555555
Binary files /dev/null and b/logo.png differ
`;
const empty = `diff --git a/empty b/empty
new file mode 100644
index 0000000..e69de29
`;
const renamed = `diff --git a/x b/y
similarity index 100%
rename from x
rename to y
`;

const file = (path: string, more: Partial<DiffFile> = {}): DiffFile => ({
  id: path,
  path,
  from: null,
  status: 'modified',
  additions: 0,
  deletions: 0,
  binary: false,
  oldMode: '100644',
  newMode: '100644',
  oldSize: null,
  newSize: null,
  blocks: 1,
  omitted: null,
  ...more,
});

test('a patch without a list says itself what happened to each file and how many lines', () => {
  expect(readPatch(changed + binary + empty + renamed, [])).toMatchObject([
    { path: 'a.ts', status: 'modified', additions: 2, deletions: 1, binary: false },
    { path: 'logo.png', status: 'added', binary: true },
    { path: 'empty', status: 'added', binary: false, lines: 0 },
    { path: 'y', from: 'x', status: 'renamed' },
  ]);
});

test('lines have their numbers on both sides', () => {
  const [hunk] = readPatch(changed, [file('a.ts')])[0]?.hunks ?? [];
  expect(hunk).toMatchObject({ oldStart: 1, oldLines: 2, newStart: 1, newLines: 3 });
  expect(hunk?.changes).toEqual([
    { type: 'normal', isNormal: true, oldLineNumber: 1, newLineNumber: 1, content: 'same' },
    { type: 'delete', isDelete: true, lineNumber: 2, content: 'old' },
    { type: 'insert', isInsert: true, lineNumber: 2, content: 'new' },
    { type: 'insert', isInsert: true, lineNumber: 3, content: 'more' },
  ]);
});

test('names come from the list: what was left out takes no piece, what became a link takes two', () => {
  const files = [file('a\n"b', { blocks: 0, omitted: 'large' }), file('t', { status: 'retyped', blocks: 2 }), file('last')];
  const read = readPatch(changed + changed + renamed, files);
  expect(read.map(({ path, hunks, omitted }) => [path, hunks.length, omitted])).toEqual([['a\n"b', 0, 'large'], ['t', 2, null], ['last', 0, null]]);
});

test('a file that starts from nothing, line ends of Windows and a missing last newline', () => {
  const [one] = readPatch('diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+x\r\n+-- diff --git y\n\\ No newline at end of file\n', [file('n')]);
  expect(one?.hunks[0]).toMatchObject({ oldStart: 0, oldLines: 0, changes: [{ content: 'x␍', lineNumber: 1 }, { content: '-- diff --git y', lineNumber: 2 }] });
  expect(one && lacksNewline(one)).toBe(true);
  const [windows] = readPatch('diff --git a/n b/n\n--- a/n\n+++ b/n\n@@ -1,2 +1,2 @@\n x\r\n-y\r\n+z\r\n', [file('n')]);
  expect(windows?.hunks[0]?.changes.map(({ content }) => content)).toEqual(['x', 'y', 'z']); // nothing to tell apart
});

test('a patch that was cut still shows what is there', () => {
  expect(readPatch(changed + changed.slice(0, 60), [])[0]).toMatchObject({ path: 'a.ts', additions: 2 });
  expect(readPatch('', [])).toEqual([]);
});

test('a file that has not changed is the very same object, so that the page draws it no second time', () => {
  const files = [file('a.ts'), file('y')];
  const before = readPatch(changed + renamed, files);
  const after = readPatch(changed.replace('+more', '+less') + renamed, files, before);
  expect([after[0] === before[0], after[1] === before[1]]).toEqual([false, true]);
  expect(readPatch(changed + renamed, [file('a.ts', { additions: 9 }), file('y')], before)[0]).not.toBe(before[0]);
});
