import { expect, test } from 'vitest';
import { fileTree, filterFiles, inTreeOrder, type TreeNode } from '@/components/review/file-tree';

const files = (...paths: string[]) => paths.map((path) => ({ path, from: null as string | null }));
const outline = (nodes: readonly TreeNode<unknown>[]): unknown[] => nodes.map(({ name, file, children }) => (file === null ? [name, ...outline(children)] : name));

test('folders come first, and those that hold one folder only are joined', () => {
  expect(outline(fileTree(files('z.ts', 'src/deep/er/a.ts', 'src/deep/er/b.ts', 'docs/x/y.md', 'docs/z.md')))).toEqual([
    ['docs', ['x', 'y.md'], 'z.md'],
    ['src/deep/er', 'a.ts', 'b.ts'],
    'z.ts',
  ]);
});

test('odd names stay files', () => {
  expect(outline(fileTree(files('constructor/__proto__', '/', 'a\nb')))).toEqual([['constructor', '__proto__'], '/', 'a\nb']);
});

test('the order of the list is the order of the files', () => {
  expect(inTreeOrder(fileTree(files('b', 'a/z', 'a/b/c'))).map(({ path }) => path)).toEqual(['a/b/c', 'a/z', 'b']);
});

test('the filter wants every word, and knows earlier names', () => {
  const all = [...files('src/Button.tsx', 'src/card.tsx'), { path: 'new', from: 'old/button.css' }];
  expect(filterFiles(all, 'button').map(({ path }) => path)).toEqual(['src/Button.tsx', 'new']);
  expect(filterFiles(all, ' SRC  tsx card ').map(({ path }) => path)).toEqual(['src/card.tsx']);
  expect(filterFiles(all, '')).toHaveLength(3);
});
