import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';

/** docs/requirements.md says for each requirement which test proves it, or why none does yet; this holds the page to its word. */
const page = readFileSync(path.join(root, 'docs/requirements.md'), 'utf8');
const rows = [...page.matchAll(/^\| ((?:ISO|SEC|WEB|REL)-\d{2}) \| (.+) \| (.+) \|$/gm)].map(([, id = '', what = '', proof = '']) => ({ id, what, proof, files: [...proof.matchAll(/`([\w./[\]-]+\.(?:test\.tsx?|ts))`/g)].map(([, file = '']) => file) }));
const numbered = (kind: string, count: number) => Array.from({ length: count }, (_, at) => `${kind}-${String(at + 1).padStart(2, '0')}`);

describe('the page of requirements', () => {
  it('has a row for each of the 91, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual([...numbered('ISO', 19), ...numbered('SEC', 17), ...numbered('WEB', 25), ...numbered('REL', 30)]);
    expect(rows).toHaveLength(91);
  });

  it.each(rows)('$id names tests that exist and name it, or says why there is none', ({ id, proof, files }) => {
    if (files.length === 0) return expect(proof).toMatch(/^Not yet: .{20,}/);
    for (const file of files) {
      expect(existsSync(path.join(root, file)), file).toBe(true);
      expect(readFileSync(path.join(root, file), 'utf8'), file).toContain(id);
    }
  });
});
