import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';

/** docs/fault-matrices.md says of each fault which test puts it in; this holds the page to its word. */
const page = readFileSync(path.join(root, 'docs/fault-matrices.md'), 'utf8');
const rows = [...page.matchAll(/^\| (D[12]-\d{2}) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, id = '', , holds = '', tests = '', extent = '']) => ({ id, holds, extent, files: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file) }));
const numbered = (matrix: string, count: number) => Array.from({ length: count }, (_, at) => `${matrix}-${String(at + 1).padStart(2, '0')}`);

/** The texts in a test file that can be a title or the beginning of one; comments are none. */
function titlesOf(file: string): string {
  const code = readFileSync(path.join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'[^'\n]*'|`[^`]*`|"[^"\n]*"/g)].join('\n');
}

describe('the page of fault matrices', () => {
  it('has a row for each fault, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual([...numbered('D1', 22), ...numbered('D2', 25)]);
  });

  it.each(rows)('$id names what holds, how much is walked, and tests whose titles carry it', ({ id, holds, extent, files }) => {
    expect(holds).toMatch(id.startsWith('D1') ? /^L\d/ : /^Q\d/);
    expect(extent).toMatch(/^(quick|whole)/);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(existsSync(path.join(root, file)), `${file} is there`).toBe(true);
      expect(file).toMatch(/\.test\.tsx?$/);
      expect(titlesOf(file), `${file} has a title with ${id}`).toContain(id);
    }
  });
});
