import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { lineMappings } from '@/scripts/setup/line-map.mjs';

const source = readFileSync(import.meta.filename, 'utf8');

/** Where each column of the generated text stands in the source, in the words of a stack. */
function places(code: string, map: ConstructorParameters<typeof SourceMap>[0]): string[] {
  const read = new SourceMap(map);
  return code.split('\n').flatMap((line, row) =>
    [...line].map((_, column) => {
      const entry = read.findEntry(row, column);
      return 'originalLine' in entry ? `${entry.originalSource}:${entry.originalLine}` : 'nowhere';
    }),
  );
}

describe('the map of a bundle with its lines alone', () => {
  it('names the same file and line for each place, with far fewer entries', async () => {
    const made = await transform(source, { loader: 'ts', sourcemap: 'external', sourcefile: 'line-map.test.ts', minifyWhitespace: true });
    const map = JSON.parse(made.map) as ConstructorParameters<typeof SourceMap>[0];
    const thin = { ...map, mappings: lineMappings(map.mappings) };
    const before = places(made.code, map);
    expect(new Set(before).size).toBeGreaterThan(20);
    expect(places(made.code, thin)).toEqual(before);
    expect(thin.mappings.split(/[,;]/).length).toBeLessThan(map.mappings.split(/[,;]/).length / 3);
  });

  it('counts columns anew in each generated line, and goes back in sources and lines', () => {
    // Two generated lines: a.ts:5, b.ts:1 · b.ts:1, a.ts:100 (its word five columns in), a.ts:100 again.
    const thin = lineMappings('AAIA,KCJA;AAAA,KDmGK,IAAC');
    expect(thin).toBe('AAIA,KCJA;AAAA,KDmGK');
  });
});
