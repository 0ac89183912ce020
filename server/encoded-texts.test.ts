import { afterEach, describe, expect, it, vi } from 'vitest';
import { EncodedTexts } from '@/server/encoded-texts';

const read = (bytes: Uint8Array | null): unknown => bytes && JSON.parse(Buffer.from(bytes).toString());
const numbered = (number: number): string => `${number} ${'a "quoted" \\ line\n€😀 \ud800'.repeat(300)}`;

afterEach(() => vi.restoreAllMocks());

describe('texts that are encoded once', () => {
  it('are made JSON once for fifty who are sent them, and not before', () => {
    const texts = new EncodedTexts();
    const offered = Array.from({ length: 30 }, (_, number) => numbered(number));
    const stringify = vi.spyOn(JSON, 'stringify');
    for (const text of offered) texts.offer(text);
    expect(stringify).not.toHaveBeenCalled();
    for (let viewer = 0; viewer < 50; viewer++) for (const text of offered) expect(texts.bytesOf(text)).not.toBeNull();
    expect(stringify).toHaveBeenCalledTimes(30);
  });

  it('are not mixed up, however many there are and in whatever order they are asked for', () => {
    const texts = new EncodedTexts();
    for (let number = 0; number < 300; number++) {
      texts.offer(numbered(number));
      for (const back of [0, 0, 3, 40, 63]) expect(read(texts.bytesOf(numbered(Math.max(0, number - back))))).toBe(numbered(Math.max(0, number - back)));
      expect(texts.bytesOf(numbered(number - 64))).toBeNull();
    }
  });

  it('are long ones that were offered', () => {
    const texts = new EncodedTexts();
    texts.offer('short');
    texts.offer(numbered(1));
    expect(texts.bytesOf('short')).toBeNull();
    expect(texts.bytesOf(numbered(2))).toBeNull();
  });

  it.each([
    ['control characters', '\u0001'.repeat(64 * 1024), false],
    ['characters of three bytes', '€'.repeat(64 * 1024), false],
    ['what just does not fit', 'a'.repeat(128 * 1024 - 1), false],
    ['what just fits', 'a'.repeat(128 * 1024 - 2), true],
  ])('take no more room than there is: %s', (_, text, fits) => {
    const texts = new EncodedTexts();
    texts.offer(numbered(0));
    texts.offer(text);
    for (let time = 0; time < 3; time++) expect(read(texts.bytesOf(text))).toBe(fits ? text : null);
    expect(read(texts.bytesOf(numbered(0)))).toBe(numbered(0));
  });
});
