import { appendFile, mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseLogPosition } from '@/contract/run-log';
import { encodedTexts } from '@/server/encoded-texts';
import { followRunLog, type FollowedPiece } from '@/server/runs/run-log-follow';

let root: string;
const runId = '0195c0de-0000-7000-8000-000000000001';
vi.mock('@/server/deployment/paths', () => ({ runLogDir: (id: string) => path.join(root, id) }));

let out: string;
let err: string;
let final: boolean;
let leaving: AbortController;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'anyon-follow-'));
  await mkdir(path.join(root, runId));
  out = path.join(root, runId, 'out.log');
  err = path.join(root, runId, 'err.log');
  final = false;
  leaving = new AbortController();
});

afterEach(async () => {
  leaving.abort();
  await delay(20);
  const links = await Promise.all((await readdir('/proc/self/fd')).map(async (fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  expect(links.filter((link) => link.startsWith(root))).toEqual([]);
  await rm(root, { recursive: true });
});

const follow = (from = { out: 0, err: 0 }) =>
  followRunLog({ runId, outFrom: from.out, errFrom: from.err, signal: leaving.signal, isFinal: async () => final });

async function all(pieces: AsyncIterable<FollowedPiece>): Promise<{ out: string; err: string; pieces: FollowedPiece[] }> {
  const seen: FollowedPiece[] = [];
  for await (const piece of pieces) seen.push(piece);
  const text = (stream: 'out' | 'err') => seen.filter((piece) => piece.stream === stream).map((piece) => piece.text).join('');
  return { out: text('out'), err: text('err'), pieces: seen };
}

/** Bytes with characters of every length, broken ones, NUL and a byte order mark in the middle. */
function hostileBytes(length: number): Buffer {
  const pieces = ['é', '€', '😀', 'plain ', '\u{feff}', '\0', '\n'].map((text) => Buffer.from(text)).concat([Buffer.from([0xf0, 0x9f]), Buffer.from([0x80, 0x80, 0x80, 0x80]), Buffer.from([0xff])]);
  const chosen: Buffer[] = [];
  for (let i = 0, size = 0; size < length; i++) {
    const piece = pieces[(i * i + (i >> 3)) % pieces.length]!;
    chosen.push(piece);
    size += piece.length;
  }
  return Buffer.concat(chosen);
}

describe('following a log', () => {
  it('passes on every byte of both streams once, as the whole would read, and ends when the run is final', async () => {
    const whole = hostileBytes(1_500_000);
    const viewers = [follow(), follow(), follow()].map(all);
    let errors = '';
    for (let at = 0; at < whole.length; ) {
      const size = 1 + ((at * 7919) % 90_000);
      await appendFile(out, whole.subarray(at, at + size));
      await appendFile(err, `${at}\n`);
      errors += `${at}\n`;
      at += size;
      await delay(3);
    }
    final = true;
    for (const seen of await Promise.all(viewers)) {
      expect(seen.out === new TextDecoder('utf-8', { ignoreBOM: true }).decode(whole)).toBe(true);
      for (const stream of ['out', 'err'] as const) {
        let next = 0;
        for (const piece of seen.pieces.filter((each) => each.stream === stream)) {
          expect(piece.from).toBe(next);
          expect(piece.to - piece.from).toBeLessThanOrEqual(64 * 1024);
          expect(parseLogPosition(piece.id)?.[stream]).toBe(piece.to);
          next = piece.to;
        }
      }
      expect(seen.err).toBe(errors);
    }
  }, 30_000);

  it('goes on exactly behind any id it gave', async () => {
    await writeFile(out, hostileBytes(400_000));
    await writeFile(err, 'some errors\n');
    final = true;
    const whole = await all(follow());
    for (const piece of whole.pieces) {
      const rest = await all(follow(parseLogPosition(piece.id)!));
      const before = whole.pieces.slice(0, whole.pieces.indexOf(piece) + 1).filter(({ stream }) => stream === 'out').map(({ text }) => text).join('');
      expect(before + rest.out === whole.out).toBe(true);
    }
  });

  it('gives those who began in different places the same pieces from then on', async () => {
    await writeFile(out, hostileBytes(500_000));
    final = true;
    const [first, ...others] = await Promise.all([0, 1, 63_000, 65_528, 65_529, 65_531, 65_532, 65_533, 100_001].map(async (from) => all(follow({ out: from, err: 0 }))));
    const begun = first?.pieces.map(({ from }) => from) ?? [];
    for (const { pieces } of others) expect(begun.join(' ')).toContain(pieces.slice(1).map(({ from }) => from).join(' '));
    expect(begun).toHaveLength(8);
  });

  it('keeps for others what comes to the first of them, and nothing of who is far behind', async () => {
    await writeFile(out, Buffer.alloc(12_000_000, 'x'));
    final = true;
    const offer = vi.spyOn(encodedTexts(), 'offer');
    const first = follow();
    const second = follow();
    let ahead = 0;
    while (ahead < 10_000_000) ahead = parseLogPosition(((await first.next()).value as FollowedPiece).id)?.out ?? Infinity;
    const offered = offer.mock.calls.length;
    let behind = 0;
    while (behind < 5_000_000) behind = parseLogPosition(((await second.next()).value as FollowedPiece).id)?.out ?? Infinity;
    expect(offer.mock.calls.length).toBe(offered);
    expect(offered).toBeGreaterThan(100);
    await all(first);
    expect(offer.mock.calls.length).toBeGreaterThan(offered);
    expect((await all(second)).out).toHaveLength(12_000_000 - behind);
  });

  it('REL-16 passes a line on within milliseconds, and a flood in few pieces', async () => {
    await writeFile(out, '');
    const pieces = follow();
    let started = 0;
    const writing = (async () => {
      await delay(300);
      started = performance.now();
      await appendFile(out, 'first\n');
    })();
    expect((await pieces.next()).value).toMatchObject({ text: 'first\n' });
    expect(performance.now() - started).toBeLessThan(100);
    await writing;
    const flood = (async () => {
      for (let i = 0; i < 400; i++) await appendFile(out, `${i}\n`);
      final = true;
    })();
    const seen = await all(pieces);
    await flood;
    expect(seen.out.split('\n')).toHaveLength(401);
    expect(seen.pieces.length).toBeLessThan(200);
  });

  it('waits for a file that is not there yet, and keeps half a character until the run is final', async () => {
    const pieces = follow();
    const first = pieces.next();
    await delay(60);
    await writeFile(out, Buffer.from([0x61, 0xe2, 0x82]));
    expect((await first).value).toMatchObject({ from: 0, to: 1, text: 'a' });
    const second = pieces.next();
    const waited = await Promise.race([second.then(() => 'came'), delay(300).then(() => 'waits')]);
    expect(waited).toBe('waits');
    final = true;
    expect((await second).value).toMatchObject({ from: 1, to: 3, text: '\u{fffd}' });
    expect(await pieces.next()).toEqual({ done: true, value: { out: 3, err: 0 } });
  });

  it('lets a viewer leave while it waits, and costs one piece while it stalls', async () => {
    await writeFile(out, Buffer.alloc(5_000_000, 'x'));
    const stalled = follow();
    await stalled.next();
    const before = process.memoryUsage().heapUsed;
    await appendFile(out, Buffer.alloc(20_000_000, 'y'));
    await delay(200);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000);
    await stalled.return({ out: 0, err: 0 });
    const waiting = all(follow({ out: 25_000_000, err: 0 }));
    await delay(50);
    leaving.abort();
    expect((await waiting).pieces).toEqual([]);
  });
});
