import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientHello, LARGEST_HELLO } from '@/server/egress/client-hello';
import { isAnyonError } from '@/server/errors';
import { gitRefusalIn } from '@/server/github/git-refusal';
import { parseDestination } from '@/server/outbound/destination';
import { isTokenValue, newTokenValue } from '@/server/people/api-tokens/token-value';
import { parseByteRange } from '@/server/runs/byte-range';
import { assertPattern, previewPattern } from '@/server/runs/schedules/pattern';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { nearlyBytes, nearlyText } from '@/tests/setup/hostile-bytes';

describe('what strangers send in few bytes', () => {
  it('a range of bytes is within the resource, or there is none', async () => {
    const given = fc.tuple(nearlyText(['bytes=0-99', 'bytes=-10', 'bytes=10-', 'bytes = 5 - 7', 'bytes=99999999999999999999-', 'bytes=0-0,5-6']), fc.oneof(fc.nat(200), fc.constantFrom(0, 2 ** 40, Number.MAX_SAFE_INTEGER)));
    await holdsFor(given, ([header, size]) => {
      const range = parseByteRange(header, size);
      if (range.kind === 'part') expect(range.from >= 0 && range.from < range.to && range.to <= size).toBe(true);
    });
    for (const piece of [' ', '\t', '9', '-', 'bytes=', '=', '9 ']) for (const around of [`bytes=`, 'bytes', '']) await growsStraight((size) => `${around}${piece.repeat(size / piece.length)}x`, (header) => parseByteRange(header, 100), 16 * 1024);
  });

  it('the hello of a TLS client names a host or nothing, in the time of its length', async () => {
    const name = Buffer.from('allowed.example');
    const extension = Buffer.concat([Buffer.from([0, 0, 0, name.length + 5, 0, name.length + 3, 0, 0, name.length]), name]);
    const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0x13, 0x01, 1, 0, 0, extension.length]), extension]);
    const message = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
    const hello = Buffer.concat([Buffer.from([22, 3, 1, 0, message.length]), message]);
    expect(readClientHello(hello)).toEqual({ kind: 'hello', serverName: 'allowed.example' });
    await holdsFor(nearlyBytes([hello, hello.subarray(0, 5), extension, message, Buffer.from([22, 3, 1, 0, 1])]), (bytes) => {
      const read = readClientHello(bytes);
      if (read.kind === 'hello' && read.serverName !== null) expect(read.serverName).toMatch(/^[a-z0-9._-]{1,255}$/);
    });
    const crumbs = (size: number) => Buffer.concat(Array.from({ length: size / 6 }, (_, at) => Buffer.from([22, 3, 1, 0, 1, at === 0 ? 1 : 0])));
    await growsStraight(crumbs, (bytes) => {
      for (let length = 64; length <= Math.min(bytes.length, LARGEST_HELLO); length += 64) readClientHello(bytes.subarray(0, length));
    }, 16 * 1024);
  });

  it('a destination is a name or an address as it is written, or none', async () => {
    await holdsFor(nearlyText(['allowed.example:443', '127.0.0.1:80', '[::1]:8080', '0x7f.1:80', '2130706433:80', 'user@host:1', 'a.b.', 'xn--a:1']), (text) => {
      const found = parseDestination(text, 80);
      if (found) expect(text.toLowerCase()).toContain(found.host);
    });
    for (const piece of ['a.', '0', '.', ':', 'f:', '-', '1.']) await growsStraight((size) => piece.repeat(size / piece.length), (text) => parseDestination(text, 80));
  });

  it('a token of the API is one that was made, or none', async () => {
    const token = newTokenValue();
    expect(isTokenValue(token)).toBe(true);
    await holdsFor(nearlyText([token]), (text) => expect(!isTokenValue(text) || text.length === token.length).toBe(true));
    await holdsFor(fc.tuple(fc.nat(token.length - 7), fc.constantFrom('0', 'A', 'z')), ([at, letter]) => {
      const other = `anyon_${token.slice(6, 6 + at)}${letter}${token.slice(7 + at)}`;
      if (other !== token) expect(isTokenValue(other)).toBe(false);
    });
    await growsStraight((size) => `anyon_${'a'.repeat(size)}`, isTokenValue);
  });

  it('a pattern of a schedule means something or is refused in words, within its hundred letters', async () => {
    const patterns = nearlyText(['0 7 * * 1-5', '*/15 * * * *', '0 0 29 2 *', '0 9 L * *', '0 9 * * MON#2', '0-59/1 0-23 1-31 1-12 0-7', '1,2,3 4,5 * JAN-DEC SUN-SAT', '0 0 31 2 *', '59 23 LW * *', '@daily']).map((text) => text.slice(0, 100));
    await holdsFor(fc.tuple(patterns, fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Apia', 'Nowhere/Here', '+99:99', '')), ([pattern, timezone]) => {
      const { next, problem } = previewPattern(pattern, timezone);
      expect(problem === null ? next.length : problem.length).toBeGreaterThan(0);
      try {
        assertPattern(pattern, timezone);
      } catch (error) {
        if (!isAnyonError(error)) throw error;
      }
    }, 120);
  });

  it('what git has written refuses or says nothing, in the time of its length', async () => {
    await holdsFor(nearlyText(["remote: Permission to owner/x denied to octocat.\n", 'refusing to allow an OAuth App to create or update workflow\n', 'The requested URL returned error: 403', 'fatal: could not read Username', '\u001b[31mfatal']), (text) => void gitRefusalIn(text));
    for (const piece of ['Permission to ', 'refusing to allow ', 'denied to', 'error: 40', '\n', 'single sign-on'.slice(0, 13)]) await growsStraight((size) => piece.repeat(size / piece.length), gitRefusalIn);
  });
});
