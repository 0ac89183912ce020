import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { madeUpTo, makeDocument } from '@/tests/bench/harness/document';
import { readHistory } from '@/tests/bench/harness/history';
import { loadRows } from '@/tests/bench/harness/load-rows';
import type { Entry } from '@/tests/bench/harness/report';
import { root } from '@/tests/house/house';

const page = readFileSync(path.join(root, 'docs/benchmarks.md'), 'utf8');
const remedy = 'npm run bench -- --document makes it anew';

/** The runs that the page was made of: who only measures does not break the tests of everybody. */
async function knownHistory(): Promise<Entry[]> {
  const history = await readHistory();
  return history.slice(0, history.findIndex(({ at }) => at === madeUpTo(page)) + 1);
}

it('docs/benchmarks.md is what the rows and the history make of it; runs since then wait until somebody makes it anew', async () => {
  const known = await knownHistory();
  expect(madeUpTo(page) === null || known.length > 0, 'the run that it names is in the history').toBe(true);
  expect(page, remedy).toBe(makeDocument(await loadRows(), known));
}, 120_000);

it('a row that misses a goal says what limits it, and one that meets all of them says nothing of the kind', async () => {
  const known = await knownHistory();
  for (const { id, limitedBy } of await loadRows()) {
    const figures = known.flatMap((entry) => entry.rows.filter((row) => row.id === id && !row.failure)).at(-1)?.figures ?? [];
    expect(limitedBy !== undefined, id).toBe(figures.some(({ met }) => met === false));
  }
}, 120_000);

it('every speed that the goals name has a row', async () => {
  const ids = (await loadRows()).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'N4']));
  expect(new Set(ids).size).toBe(ids.length);
}, 120_000);
