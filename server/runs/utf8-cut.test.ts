import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Cut } from '@/server/runs/utf8-cut';

/** Bytes that are likely to be wrong in interesting ways: leads of every length, continuations, halves of characters, ASCII. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(0x00, 0x41, 0x80, 0xbf, 0x9f, 0xa0, 0xc0, 0xc2, 0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff).map((byte) => Buffer.from([byte])),
      fc.constantFrom('é', '€', '😀', '\u{feff}', 'plain').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 5 }).map((piece) => Buffer.from(piece)),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => Buffer.concat(pieces));

const whatwg = (piece: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(piece);

describe('cutting UTF-8', () => {
  it('gives pieces that, decoded one by one, read as the whole does, valid or not', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (whole, sizes) => {
        let text = '';
        let from = 0;
        let end = 0;
        for (let turn = 0; from < whole.length; turn++) {
          end = Math.min(whole.length, Math.max(end, from) + sizes[turn % sizes.length]!);
          const piece = whole.subarray(from, end);
          const cut = end === whole.length ? piece.length : utf8Cut(piece);
          expect(cut).toBeGreaterThanOrEqual(piece.length - 3);
          text += piece.toString('utf8', 0, cut);
          from += cut;
        }
        expect(text).toBe(whatwg(whole));
      }),
      { numRuns: 50_000, seed: 8 },
    );
  }, 60_000);

  it('keeps back the beginning of a character and nothing else', () => {
    expect(utf8Cut(Buffer.from('abc'))).toBe(3);
    expect(utf8Cut(Buffer.from([0x61, 0xf0, 0x9f, 0x98]))).toBe(1);
    expect(utf8Cut(Buffer.from([0xe2, 0x82]))).toBe(0);
    expect(utf8Cut(Buffer.from([0x80, 0x80, 0x80]))).toBe(3);
    expect(utf8Cut(Buffer.from('x😀'))).toBe(5);
  });
});
