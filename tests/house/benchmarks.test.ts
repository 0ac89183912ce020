import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { madeUpTo, makeDocument } from '@/tests/bench/harness/document';
import { readHistory } from '@/tests/bench/harness/history';
import { loadRows } from '@/tests/bench/harness/load-rows';
import { root } from '@/tests/house/house';

const page = readFileSync(path.join(root, 'docs/benchmarks.md'), 'utf8');
const remedy = 'npm run bench -- --document makes it anew';

it('docs/benchmarks.md is what the rows and the history make of it; runs since then wait until somebody makes it anew', async () => {
  const history = await readHistory();
  const upTo = madeUpTo(page);
  const known = upTo === null ? [] : history.slice(0, history.findIndex(({ at }) => at === upTo) + 1);
  expect(upTo === null || known.length > 0, 'the run that it names is in the history').toBe(true);
  expect(page, remedy).toBe(makeDocument(await loadRows(), known));
}, 120_000);

it('every speed that the goals name has a row', async () => {
  const ids = (await loadRows()).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'N4']));
  expect(new Set(ids).size).toBe(ids.length);
}, 120_000);
