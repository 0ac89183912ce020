import { afterEach, describe, expect, test, vi } from 'vitest';
import { LogRangeError, readLogRange, readLogTail, wholeCharacters } from '@/components/logs/run-log-range';

/** A server that holds one file and answers ranges as HTTP says. */
function serve(file: Uint8Array<ArrayBuffer>) {
  vi.stubGlobal('fetch', (_: string, init: { headers?: { Range?: string } }) => {
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(init.headers?.Range ?? '') ?? [];
    const from = first ? Number(first) : Math.max(0, file.length - Number(last));
    if (from >= file.length) return Promise.resolve(new Response(null, { status: 416, headers: { 'content-range': `bytes */${file.length}` } }));
    const to = first && last ? Math.min(file.length, Number(last) + 1) : file.length;
    return Promise.resolve(new Response(file.slice(from, to), { status: 206, headers: { 'content-range': `bytes ${from}-${to - 1}/${file.length}` } }));
  });
}
const bytes = (text: string) => new TextEncoder().encode(text);

afterEach(() => vi.unstubAllGlobals());

describe('reading a log by range', () => {
  test('the tail begins at the start of a line', async () => {
    serve(bytes('first\nsecond\nthird\n'));
    expect(await readLogTail('r', 'out', 9)).toEqual({ text: 'third\n', from: 13, to: 19 });
    expect(await readLogTail('r', 'out', 100)).toEqual({ text: 'first\nsecond\nthird\n', from: 0, to: 19 });
  });

  test('the tail of a line that is longer begins at a whole character', async () => {
    serve(bytes('€€€€'));
    expect(await readLogTail('r', 'out', 5)).toEqual({ text: '€', from: 9, to: 12 });
  });

  test('a character that is not there in full yet is left to the subscription', async () => {
    serve(bytes('ab€').slice(0, 4));
    expect(await readLogTail('r', 'out', 100)).toEqual({ text: 'ab', from: 0, to: 2 });
  });

  test('an empty file is an empty range', async () => {
    serve(bytes(''));
    expect(await readLogTail('r', 'err', 100)).toEqual({ text: '', from: 0, to: 0 });
  });

  test('a range begins exactly where it was asked for', async () => {
    serve(bytes('0123456789'));
    expect(await readLogRange('r', 'out', 3, 7)).toEqual({ text: '3456', from: 3, to: 7 });
  });

  test('a refusal carries the kind and the words of the server', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ kind: 'not_found', message: 'There is no such run.' }, { status: 404 })));
    const error = await readLogRange('r', 'out', 0, 5).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LogRangeError);
    expect(error).toMatchObject({ kind: 'not_found', message: 'There is no such run.' });
  });

  test('only an incomplete character at the end is cut, never invalid bytes', () => {
    expect(wholeCharacters(new Uint8Array([0x61, 0xe2, 0x82]))).toBe(1);
    expect(wholeCharacters(new Uint8Array([0x61, 0xe2, 0x82, 0xac]))).toBe(4);
    expect(wholeCharacters(new Uint8Array([0x61, 0xff]))).toBe(2);
    expect(wholeCharacters(new Uint8Array([0x80, 0x80, 0x80, 0x80]))).toBe(4);
  });
});
