import { afterEach, describe, expect, it, vi } from 'vitest';
import { EncodedTexts } from '@/server/trpc/streams/encoded-texts';

const read = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());
const numbered = (number: number): string => `${number} ${'a "quoted" \\ line\n€😀 \ud800'.repeat(200)}`;

afterEach(() => vi.restoreAllMocks());

describe('texts that are encoded once', () => {
  it('are made JSON once for fifty who are sent them, while they are not far from each other', () => {
    const texts = new EncodedTexts();
    const stringify = vi.spyOn(JSON, 'stringify');
    for (let number = 0; number < 30; number++) for (let viewer = 0; viewer < 50; viewer++) texts.between(`${viewer}`, numbered(Math.max(0, number - (viewer % 10))), '');
    expect(stringify).toHaveBeenCalledTimes(30);
  });

  it('are the same to each who is sent them, whatever stands around', () => {
    const texts = new EncodedTexts();
    const text = numbered(1);
    for (const around of ['', ' ', 'é€😀', 'x'.repeat(1_000)]) expect(read(texts.between(`[${JSON.stringify(around)},`, text, ',"after é"]'))).toEqual([around, text, 'after é']);
  });

  it('are not mixed up, however many there are and in whatever order they are asked for', () => {
    const texts = new EncodedTexts();
    for (let number = 0; number < 100; number++) {
      for (const back of [0, 0, 3, 15, 16, 40]) expect(read(texts.between('', numbered(Math.max(0, number - back)), ''))).toBe(numbered(Math.max(0, number - back)));
    }
  });

  it('stay as they were in the bytes that were given out, when their place is written over', () => {
    const texts = new EncodedTexts();
    const given = Array.from({ length: 40 }, (_, number) => texts.between('', numbered(number), ''));
    expect(given.map(read)).toEqual(given.map((_, number) => numbered(number)));
  });

  it.each([['control characters', '\u0001'.repeat(64 * 1024)], ['characters of three bytes', '€'.repeat(64 * 1024)], ['what just does not fit', 'a'.repeat(128 * 1024 - 1)], ['what just fits', 'a'.repeat(128 * 1024 - 2)]])('are whole when they take much room: %s', (_, text) => {
    const texts = new EncodedTexts();
    const kept = numbered(0);
    expect(read(texts.between('', kept, ''))).toBe(kept);
    for (let time = 0; time < 3; time++) expect(read(texts.between('', text, ''))).toBe(text);
    expect(read(texts.between('', kept, ''))).toBe(kept);
  });
});
