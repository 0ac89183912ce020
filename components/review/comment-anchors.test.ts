import { expect, test } from 'vitest';
import { anchorOf, placeOnLines } from '@/components/review/comment-anchors';
import { readFile } from '@/components/review/parse-patch';
import type { DiffFile } from '@/contract/review';

const { hunks } = readFile({ path: 'a' } as DiffFile, 'diff --git a/a b/a\n@@ -5,3 +5,3 @@\n same\n-old\n+new\r\n after\n');
const [same, removed, added] = hunks[0]?.changes ?? [];

test('a removed line is named in the file as it was, every other in the file as it is', () => {
  expect([same, removed, added].map((change) => change && anchorOf(change))).toEqual([
    { side: 'new', line: 5, lineText: 'same' },
    { side: 'old', line: 6, lineText: 'old' },
    { side: 'new', line: 6, lineText: 'new' },
  ]);
});

test('a comment stands at its line while that reads the same, else it is outdated', () => {
  const at = { side: 'new' as const, line: 6, lineText: 'new' };
  const { byLine, outdated } = placeOnLines([at, { ...at, side: 'old', lineText: 'old' }, { ...at, lineText: 'other' }, { ...at, line: 99 }], hunks);
  expect([...byLine].map(([key, items]) => [key, items.length])).toEqual([['I6', 1], ['D6', 1]]);
  expect(outdated.map(({ line, lineText }) => [line, lineText])).toEqual([[6, 'other'], [99, 'new']]);
});

test('several comments can stand at one line', () => {
  const at = { side: 'new' as const, line: 5, lineText: 'same' };
  expect(placeOnLines([at, at, { ...at, side: 'old' }], hunks).byLine.get('N5')).toHaveLength(3);
});
