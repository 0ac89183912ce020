import fc from 'fast-check';
import superjson from 'superjson';
import { describe, expect, it, vi } from 'vitest';
import { serialize, stringify } from '@/server/trpc/serialize';
import { holdsFor } from '@/tests/setup/fuzzing';

const at = new Date('2026-01-31T03:00:00.000Z');
const workspace = { id: 'a', name: 'x.y\\z', statusSince: at, container: { startedAt: new Date(1), id: null }, hosts: ['one', 'two'], metrics: null, cpus: 0.5, restartNeeded: false };

/** What answers hold, and what they never should: dates that are none, numbers that JSON lacks, keys that a path writes otherwise. */
const leaf = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constantFrom<unknown>(null, undefined, -0, at, 1n, Symbol.iterator), fc.date({ noInvalidDate: false }), fc.constant(new Map([[1, at]])), fc.constant(new Set(['a'])), fc.constant(/a/u), fc.constant(new URL('http://a.test')));
const key = fc.oneof(fc.string(), fc.constantFrom('', '.', '\\', 'a.b', '0', '1', 'toJSON', 'json', 'meta', 'values'));
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 5 }, leaf, tie('list'), tie('object'), tie('bare'), tie('twice')),
  list: fc.array(tie('any'), { maxLength: 5 }),
  object: fc.dictionary(key, tie('any'), { maxKeys: 5, noNullPrototype: true }),
  bare: fc.dictionary(key, tie('any'), { maxKeys: 2, noNullPrototype: false }),
  twice: tie('any').map((one) => [one, { again: one }]),
})).any;

/** What it answers or refuses with. */
function outcome(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return `throws: ${String(error)}`;
  }
}

/** The text of the values, and what is told about them. */
function parts(written: string): { values: string; meta: unknown } {
  if (written.startsWith('throws: ')) return { values: written, meta: null };
  const { json, meta } = JSON.parse(written) as { json?: unknown; meta?: unknown };
  return { values: `${written.slice(0, 8)} ${JSON.stringify(json)}`, meta };
}

describe('what the API writes', () => {
  it('is what superjson writes, whatever it is given: values to the letter, and the same dates, in whatever order', async () => {
    const check = (given: unknown) => expect(parts(outcome(() => stringify(given)))).toEqual(parts(outcome(() => superjson.stringify(given))));
    await holdsFor(value, check, 2_000);
    check([[{ ' ': new Date(0) }, new Date(0)]]); // keys that are numbers come first where superjson gathers them
  });

  it('is refused where superjson refuses it', () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const given = { a: JSON.parse(`{ "${name}": 1 }`) as unknown };
      expect(outcome(() => stringify(given))).toMatch(/^throws: .*prototype pollution/);
    }
  });

  it('is read by superjson as it was, dates and all, in lists and in objects', () => {
    for (const given of [[workspace, { ...workspace, statusSince: new Date(2), container: null, hosts: [] }], { items: [{ at: new Date(3) }], 'a.b': at }, at, null, 'text', { again: [at, at] }]) {
      expect(superjson.parse(stringify(given))).toEqual(given);
    }
  });

  it('does not go through superjson where it holds nothing but JSON and dates', () => {
    const slow = vi.spyOn(superjson, 'serialize');
    serialize([{ ...workspace }, { at: new Date(4), deep: [{ at: new Date(5) }] }]);
    expect(slow).not.toHaveBeenCalled();
    serialize({ nothing: undefined });
    expect(slow).toHaveBeenCalledOnce();
    slow.mockRestore();
  });
});
