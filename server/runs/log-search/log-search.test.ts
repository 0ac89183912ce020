import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchKinds, searchPattern, type LogHit, type LookedFor } from '@/contract/log-search';
import { matchLines } from '@/server/runs/log-search/match-lines';
import { openMatcher, type Matcher } from '@/server/runs/log-search/matcher-thread';
import { searchFile } from '@/server/runs/log-search/search-file';

let directory: string;
beforeAll(() => (directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-search-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The matcher without its thread. */
function matcherFor(wanted: LookedFor): Matcher {
  const { source, flags } = searchPattern(wanted) as RegExp;
  return { match: (piece) => Promise.resolve(matchLines({ source, flags, literal: wanted.kind !== 'regex', ...piece })), close: () => Promise.resolve() };
}

/** All hits, by definition: a plain expression over each line of the whole text. */
function expected(text: string, wanted: LookedFor) {
  const pattern = new RegExp(searchPattern(wanted) as RegExp, `${(searchPattern(wanted) as RegExp).flags}g`);
  let offset = 0;
  return text.split('\n').flatMap((line, at) => {
    const hits = [...line.replace(/\r$/, '').matchAll(pattern)].filter((match) => match[0] !== '').map((match) => ({ line: at + 1, offset, column: match.index, match: match[0] }));
    offset += Buffer.byteLength(line) + 1;
    return hits;
  });
}

async function found(file: string, text: string, wanted: LookedFor, options: { piece: number; longLine?: number; overlap?: number; from?: { offset: number; line: number }; matcher?: Matcher }) {
  writeFileSync(file, text);
  const matcher = options.matcher ?? matcherFor(wanted);
  const sizes = { piece: options.piece, longLine: options.longLine ?? 1_000_000, overlap: options.overlap ?? 10 };
  const hits: LogHit[] = [];
  let count = 0;
  const steps = [];
  for await (const step of searchFile({ path: file, stream: 'out', from: options.from ?? { offset: 0, line: 0 }, to: Buffer.byteLength(text), complete: true, matcher, room: () => 10_000, sizes })) {
    hits.push(...step.hits);
    count += step.count;
    steps.push({ ...step.next, hits: hits.length });
  }
  return { hits: hits.map(({ line, offset, column, match }) => ({ line, offset, column, match })), count, steps };
}

const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'ä', '€', '😀', '\n', '\r', ' ', '_', '\0'), maxLength: 200 });
const wanteds = fc.oneof(
  fc.record({ text: fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '€', ' '), minLength: 1, maxLength: 3 }), kind: fc.constantFrom('text' as const, 'word' as const), caseSensitive: fc.boolean() }),
  fc.record({ text: fc.constantFrom('a+', '^a', 'b$', '[^b]+', String.raw`\s`, 'a.*b', '(a|ä)+', '.', 'x*', String.raw`\bab?\b`), kind: fc.constant('regex' as const), caseSensitive: fc.boolean() }),
);

describe('searching a log', () => {
  test('finds what a plain expression finds in each line of the whole text, whatever the pieces are', async () => {
    const file = path.join(directory, 'pieces.log');
    await fc.assert(
      fc.asyncProperty(texts, wanteds, fc.integer({ min: 1, max: 40 }), async (text, wanted, piece) => {
        const { hits, count } = await found(file, text, wanted, { piece });
        expect(hits).toEqual(expected(text, wanted));
        expect(count).toBe(hits.length);
      }),
      { numRuns: 300 },
    );
  });

  test('goes on from where any step ended as if it had not been interrupted', async () => {
    const file = path.join(directory, 'again.log');
    await fc.assert(
      fc.asyncProperty(texts, wanteds, fc.integer({ min: 1, max: 40 }), async (text, wanted, piece) => {
        const whole = await found(file, text, wanted, { piece });
        for (const { hits, ...from } of whole.steps) expect([...whole.hits.slice(0, hits), ...(await found(file, text, wanted, { piece, from })).hits]).toEqual(whole.hits);
      }),
      { numRuns: 100 },
    );
  });

  test('finds what lies across the parts of a very long line, once', async () => {
    const file = path.join(directory, 'long.log');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('xyz', '-', '€', '😀😀', 'xy'), { maxLength: 200 }), fc.integer({ min: 1, max: 30 }), async (parts, piece) => {
        const text = `first xyz\n${parts.join('')}\nlast xyz`;
        for (const kind of ['text', 'word'] as const) {
          const wanted = { text: 'xyz', kind, caseSensitive: true };
          const { hits, count } = await found(file, text, wanted, { piece, longLine: 60, overlap: 12 });
          expect(count).toBe(expected(text, wanted).length);
          expect(hits.map(({ line, offset }) => ({ line, offset }))).toEqual(expected(text, wanted).map(({ line, offset }) => ({ line, offset })));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('the thread finds the same and lives through many pieces', async () => {
    for (const kind of searchKinds) {
      const wanted = { text: 'needle', kind, caseSensitive: false };
      const matcher = openMatcher(wanted);
      const text = Array.from({ length: 5000 }, (_, at) => `line ${at} ${at % 100 === 0 ? 'with a Needle in it' : 'without'}`).join('\n');
      const { hits } = await found(path.join(directory, 'thread.log'), text, wanted, { piece: 4096, matcher });
      await matcher.close();
      expect(hits).toEqual(expected(text, wanted));
      expect(hits).toHaveLength(50);
    }
  });

  test('a pattern that takes for ever is ended and said so in words', async () => {
    const matcher = openMatcher({ text: '^(a+)+$', kind: 'regex', caseSensitive: true }, 300);
    const bytes = new TextEncoder().encode(`${'a'.repeat(60)}b\n`);
    const started = performance.now();
    await expect(matcher.match({ bytes, skip: 0, until: bytes.length, room: 10 })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('takes too long') as string });
    expect(performance.now() - started).toBeLessThan(10_000);
    await matcher.close();
  });

  test('what is no regular expression is refused in words', () => {
    expect(() => openMatcher({ text: '(', kind: 'regex', caseSensitive: false })).toThrow('not a regular expression');
    expect(searchPattern({ text: '(a|b)[c]{2}\\.*-/', kind: 'text', caseSensitive: false })?.test('x(A|B)[c]{2}\\.*-/')).toBe(true);
  });
});
