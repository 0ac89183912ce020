import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, needleLiterals, type Masker } from '@/server/secrets/mask';

/** The definition of masking, as plainly as it can be written: every match, found at every position, covers its bytes. */
function maskByDefinition(bytes: Buffer, needles: readonly string[]): Buffer {
  const text = bytes.toString('latin1');
  const output = Buffer.from(bytes);
  const literals = needleLiterals(needles).map((literal) => literal.toString('latin1'));
  const tokens = [/^sk-ant-[A-Za-z0-9]{1,32}-[A-Za-z0-9_-]{8,}/, /^github_pat_[A-Za-z0-9_]{22,}/, /^gh[pousr]_[A-Za-z0-9]{36,}/];
  for (let start = 0; start < text.length; start++) {
    for (const literal of literals) {
      if (text.startsWith(literal, start)) output.fill('*', start, start + literal.length);
    }
    const rest = text.slice(start, start + 1024);
    for (const token of tokens) {
      const match = token.exec(rest);
      if (match) output.fill('*', start, start + match[0].length);
    }
  }
  return output;
}

/** Masks piece by piece, each time with no more before `from` than the masker asks for, beginning at byte `from`. */
function maskStream(masker: Masker, bytes: Buffer, from: number, cuts: () => number): Buffer {
  const out: Buffer[] = [];
  let settled = from;
  let end = from;
  for (;;) {
    end = Math.min(bytes.length, end + cuts());
    const start = Math.max(0, settled - masker.lookaround);
    const final = end === bytes.length;
    const turn = masker.mask(bytes.subarray(start, end), settled - start, final);
    expect(start + turn.settled).toBeGreaterThanOrEqual(end - masker.lookaround);
    expect(turn.masked.length).toBe(start + turn.settled - settled);
    out.push(turn.masked);
    settled = start + turn.settled;
    if (final) return Buffer.concat(out);
  }
}

const tokens = ['sk-ant-api03-AbCd_1234-xyz', 'sk-ant--no', 'sk-ant-x-1234567', `ghp_${'a1'.repeat(18)}`, `github_pat_${'b_'.repeat(12)}`, 'ghp_short'];
const needles = fc
  .array(
    fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 6, maxLength: 14 }),
      fc.string({ unit: fc.constantFrom('é', '€', 'x', '😀'), minLength: 6, maxLength: 12 }),
      fc.constantFrom('aaaaaaaa', 'aaaaaaaaaaaa', 'abcabcabc', 'abcabcabcabcX', 'sk-ant-api03-AbCd_1234', 'line one\nline two'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((list) => [...list, ...list.map((needle) => `${needle}${needle.slice(0, 3)}`)]);

const pieces = (secrets: readonly string[]) =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...secrets, ...secrets.map((secret) => secret.slice(0, -1)), ...secrets.map((secret) => secret.slice(1)), ...tokens),
        fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '\0', '\n', 's', 'k', '-', 'g', 'h', 'p', '_', '1'), maxLength: 12 }),
        fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      ),
      { maxLength: 14 },
    )
    .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))));

const cases = needles.chain((secrets) => fc.tuple(fc.constant(secrets), pieces(secrets)));
const cutSeeds = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 });
const SPLITS_PER_CASE = 25;

describe('the masker', () => {
  it('masks by its definition however the stream is cut and wherever it restarts (100,000 cuts and restarts)', () => {
    const masker = (secrets: readonly string[]) => createMasker(secrets);
    fc.assert(
      fc.property(cases, fc.array(fc.tuple(cutSeeds, fc.nat()), { minLength: SPLITS_PER_CASE, maxLength: SPLITS_PER_CASE }), ([secrets, bytes], splits) => {
        const expected = maskByDefinition(bytes, secrets);
        const tested = masker(secrets);
        expect(tested.maskWhole(bytes).equals(expected)).toBe(true);
        for (const [sizes, where] of splits) {
          const from = where % (bytes.length + 1);
          let turn = 0;
          const streamed = maskStream(tested, bytes, from, () => sizes[turn++ % sizes.length]!);
          if (!streamed.equals(expected.subarray(from))) expect([from, streamed.toString('latin1')]).toEqual([from, expected.subarray(from).toString('latin1')]);
        }
      }),
      { numRuns: 100_000 / SPLITS_PER_CASE, seed: 20 },
    );
  }, 120_000);

  it('keeps the definition for tokens and needles longer than the caps', () => {
    const long = Array.from({ length: 900 }, (_, i) => String.fromCharCode(97 + ((i * i) % 26))).join('');
    const bytes = Buffer.from(`x ${long} sk-ant-api03-${'k'.repeat(3000)} ${long.slice(0, 400)} end`);
    const expected = maskByDefinition(bytes, [long]);
    expect(expected.toString()).toContain('kkk');
    expect(expected.toString()).not.toContain(long.slice(0, 300));
    const masker = createMasker([long]);
    for (const size of [1, 7, 255, 256, 257, 1023, 1024, 1025]) {
      expect(maskStream(masker, bytes, 0, () => size).equals(expected)).toBe(true);
      for (let from = 0; from < bytes.length; from += 97) {
        expect(maskStream(masker, bytes, from, () => size).equals(expected.subarray(from))).toBe(true);
      }
    }
  });

  it('holds back only what may still become a match', () => {
    const masker = createMasker(['correct-horse']);
    const held = masker.mask(Buffer.from('the pass is correct-hor'), 0, false);
    expect(held.masked.toString()).toBe('the pass is ');
    expect(masker.mask(Buffer.from('the pass is correct-hor'), 0, true).masked.toString()).toBe('the pass is correct-hor');
    expect(masker.mask(Buffer.from('nothing here\n'), 0, false).settled).toBe(13);
  });

  it('masks the whole overlap of two secrets and everything of a repeated letter', () => {
    expect(createMasker(['abcdefgh', 'efghijkl']).maskText('-abcdefghijkl-')).toBe('-************-');
    expect(createMasker(['aaaaaa']).maskText('aaaaaaaa aaaaa')).toBe('******** aaaaa');
  });

  it('masks known token shapes without being told about them', () => {
    const masker = createMasker([]);
    for (const token of ['sk-ant-api03-AAAABBBB', 'sk-ant-oat01-AAAA_BBB-CCC', 'sk-ant-ort01-abcdefgh', 'sk-ant-admin7-abcdefgh', `ghs_${'x'.repeat(36)}`, `github_pat_${'y'.repeat(22)}`]) {
      expect(masker.maskText(`<${token}>`)).toBe(`<${'*'.repeat(token.length)}>`);
    }
    for (const text of ['sk-ant-api03-short', 'sk-ant-', `ghx_${'x'.repeat(40)}`, `ghp_${'x'.repeat(35)}`, `github_pat_${'y'.repeat(21)}`]) {
      expect(masker.maskText(text)).toBe(text);
    }
  });

  it('refuses a needle that is too short to be masked safely', () => {
    expect(() => createMasker(['short'])).toThrow(/cannot be masked/);
  });

  it('masks at least 300 MB/s on one core with 160 needles', () => {
    const secrets = Array.from({ length: 160 }, (_, i) => Buffer.from(`${i * 7919}needle${i}`).toString('base64').slice(0, 6 + (i % 40)));
    const line = (i: number) => `{"type":"assistant","n":${i},"message":{"id":"msg_${i * 31}","content":[{"type":"text","text":"Let me look at src/index.ts and run the tests ${(i * 2654435761) >>> 0}"}]},"parent_tool_use_id":null}\n`;
    const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, i) => line(i)).join(''));
    const masker = createMasker(secrets);
    const rates = Array.from({ length: 7 }, () => {
      const started = process.cpuUsage();
      masker.maskWhole(bytes);
      const used = process.cpuUsage(started);
      return bytes.length / (used.user + used.system);
    });
    console.info(`masking, ${secrets.length} needles: ${Math.max(...rates).toFixed(0)} MB/s`);
    expect(Math.max(...rates)).toBeGreaterThan(300);
  });
});
