import { expect, test } from 'vitest';
import { fileFacts, withoutLines } from '@/components/review/file-facts';
import type { PatchFile } from '@/components/review/parse-patch';

const file = (more: Partial<PatchFile>): PatchFile => ({ id: 'a', path: 'a', from: null, status: 'modified', additions: 0, deletions: 0, binary: false, oldMode: '100644', newMode: '100644', oldSize: null, newSize: null, blocks: 1, omitted: null, hunks: [], lines: 0, longest: 0, source: '', ...more });

test('modes, kinds and sizes are said in words', () => {
  expect(fileFacts(file({ newMode: '100755' }))).toEqual(['can be run now']);
  expect(fileFacts(file({ status: 'retyped', newMode: '120000' }))).toEqual(['file → link']);
  expect(fileFacts(file({ status: 'added', oldMode: '000000', newMode: '160000' }))).toEqual(['added', 'submodule']);
  expect(fileFacts(file({ binary: true, oldSize: 1024, newSize: 2048 }))).toEqual(['binary, 1.0 KB → 2.0 KB']);
  expect(fileFacts(file({ lines: 1, source: '+x\n\\ No newline at end of file\n' }))).toEqual(['no newline at the end']);
  expect(fileFacts(file({}))).toEqual([]);
});

test('a file without lines says why', () => {
  expect(withoutLines(file({ status: 'renamed' }))).toBe('Renamed without a change.');
  expect(withoutLines(file({ newMode: '160000' }))).toMatch(/repository inside/);
});
