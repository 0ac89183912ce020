import { describe, expect, it } from 'vitest';
import { fileRows, sameAs } from '@/components/variants/file-rows';

const file = (path: string, source: string) => ({ id: `id of ${path}`, path, source });

describe('the files of several diffs side by side', () => {
  it('has each file once, by its path, with a place for every variant', () => {
    const rows = fileRows([[file('b.ts', 'one'), file('a.ts', 'two')], null, [file('b.ts', 'three')]]);
    expect(rows.map(({ path, files }) => [path, files.map((found) => found?.source ?? null)])).toEqual([
      ['a.ts', ['two', null, null]],
      ['b.ts', ['one', null, 'three']],
    ]);
  });

  it('knows the first of those that changed a file in the same way', () => {
    const [row] = fileRows([[file('a', 'x')], [file('a', 'y')], [file('a', 'x')], []]);
    expect(row?.files.map((_, index) => sameAs(row.files, index))).toEqual([null, null, 0, null]);
  });
});
