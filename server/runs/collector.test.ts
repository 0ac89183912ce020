import { appendFile, mkdtemp, open, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEventLine } from '@/contract/run-event';
import { startCollector, type Collector } from '@/server/runs/collector';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

const secret = 'correct-horse-battery';
const masker = createMasker(secretNeedles([secret]));

let directory: string;
let raw: string;
let events: RunEventLine[];
let parsedUpTo: number;
let opened: Collector[];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'anyon-collector-'));
  raw = path.join(directory, 'out.raw');
  await writeFile(raw, '');
  await writeFile(path.join(directory, 'err.raw'), '');
  events = [];
  parsedUpTo = 0;
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map(async (collector) => collector.close()));
  await rm(directory, { recursive: true });
});

async function collect(onLines?: () => Promise<void>, outStart = 0): Promise<Collector> {
  const collector = await startCollector({
    rawDirectory: directory,
    outStart,
    logDirectory: path.join(directory, 'log'),
    masker,
    parsedUpTo,
    onLines: async (lines, upTo) => {
      await onLines?.();
      events.push(...lines);
      parsedUpTo = upTo;
    },
  });
  opened.push(collector);
  return collector;
}

const masked = async () => readFile(path.join(directory, 'log', 'out.log'));
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await delay(5);
};

/** A piece of hostile output: secrets, events, plain text, NUL, invalid UTF-8, no regard for line ends. */
function randomPiece(random: () => number): Buffer {
  const pieces = [
    Buffer.from(`\n{"type":"assistant","n":${Math.floor(random() * 1e6)}}\n`),
    Buffer.from(`\n{"type":"stream_event","event":{"x":"${secret}"}}\n`),
    Buffer.from(secret.slice(0, Math.floor(random() * secret.length))),
    Buffer.from(secret),
    Buffer.from([0, 0xff, 0xe2, 0x82, 0x0a, 0xf0, 0x9f]),
    Buffer.from(`plain ${'x'.repeat(Math.floor(random() * 3000))}\n`),
    Buffer.from(Buffer.from(`:${secret}:`).toString('base64')),
  ];
  return pieces[Math.floor(random() * pieces.length)]!;
}

function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

/** Events as one undisturbed reading of the whole output gives them, plain text aside (where it is joined depends on timing). */
function kinds(list: readonly RunEventLine[]): string[] {
  return list.filter(({ kind }) => kind !== 'text').map(({ kind, offset, payload }) => `${offset} ${kind} ${payload}`);
}

describe('the collector', () => {
  it('copies everything masked and reports each line once, though it is let go at random and its last append is torn', async () => {
    const random = generator(7);
    const written: Buffer[] = [];
    for (let life = 0; life < 25; life++) {
      const collector = await collect();
      for (let i = 0; i < 20; i++) {
        const piece = randomPiece(random);
        written.push(piece);
        await appendFile(raw, piece);
        if (random() < 0.2) await delay(random() * 8);
      }
      await delay(random() * 30);
      await collector.close();
      const size = (await masked()).length;
      // A torn append: some bytes of the last write never came. Nothing before the parsed cursor can be gone.
      await truncate(path.join(directory, 'log', 'out.log'), Math.max(parsedUpTo, size - Math.floor(random() * 40)));
    }
    const result = await (await collect()).finish();
    const whole = Buffer.concat(written);
    expect((await masked()).equals(masker.maskWhole(whole))).toBe(true);
    expect(result).toEqual({ outBytes: whole.length, errBytes: 0, tampered: false });
    const lived = kinds(events);
    const textBytes = events.filter(({ kind }) => kind === 'text').map(({ offset, bytes }) => [offset, offset + bytes]);
    for (let i = 1; i < textBytes.length; i++) expect(textBytes[i]![0]).toBeGreaterThanOrEqual(textBytes[i - 1]![1]!);
    events = [];
    parsedUpTo = 0;
    await (await collect()).finish();
    expect(lived).toEqual(kinds(events));
    expect(lived.length).toBeGreaterThan(50);
    expect(parsedUpTo).toBe(whole.length);
  }, 60_000);

  it('shows a line within milliseconds, and holds back the beginning of a secret until it is known what it becomes', async () => {
    const collector = await collect();
    await until(() => collector.progress().outBytes === 0);
    const started = performance.now();
    await appendFile(raw, 'hello\n');
    await until(() => collector.progress().outBytes === 6);
    expect(performance.now() - started).toBeLessThan(200);
    await appendFile(raw, `x ${secret.slice(0, 9)}`);
    await until(() => collector.progress().outBytes === 8);
    await delay(400);
    expect((await masked()).toString()).toBe('hello\nx ');
    await appendFile(raw, `${secret.slice(9)}!\n`);
    await until(() => collector.progress().outBytes === 6 + 2 + secret.length + 2);
    expect((await masked()).toString()).toBe(`hello\nx ${'*'.repeat(secret.length)}!\n`);
  });

  it('keeps up with a writer of 64 MB with a line of 10 MB in it, and reports that line by its length only', async () => {
    const line = Buffer.from(`{"type":"user","text":"${'u'.repeat(200)}"}\n`);
    const block = Buffer.concat(Array.from({ length: 4400 }, () => line));
    const collector = await collect();
    const file = await open(raw, 'a');
    for (let i = 0; i < 32; i++) await file.write(block);
    await file.write(Buffer.concat([Buffer.alloc(10_000_000, 'z'), Buffer.from('\n')]));
    for (let i = 0; i < 32; i++) await file.write(block);
    await file.close();
    const result = await collector.finish();
    expect(result.outBytes).toBe((await stat(raw)).size);
    expect(events.filter(({ kind }) => kind === 'user')).toHaveLength(64 * 4400);
    expect(events.filter(({ kind }) => kind === 'oversized')).toEqual([
      { offset: 32 * block.length, bytes: 10_000_001, kind: 'oversized', subtype: null, at: null, payload: null, truncated: true },
    ]);
  }, 60_000);

  it('reports the last line though it has no end, and events while the run is on', async () => {
    const collector = await collect();
    await appendFile(raw, '{"type":"system","subtype":"init"}\n{"type":"result","subtype":"success"}');
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ kind: 'system', subtype: 'init', offset: 0, bytes: 35 });
    await collector.finish();
    expect(events[1]).toMatchObject({ kind: 'result', subtype: 'success', offset: 35 });
    expect(parsedUpTo).toBe((await stat(raw)).size);
  });

  it('goes on copying while events cannot be stored, and then stores them all', async () => {
    let down = true;
    const collector = await collect(async () => {
      if (down) throw new Error('the database is away');
    });
    for (let i = 0; i < 50; i++) await appendFile(raw, `{"type":"assistant","n":${i}}\n`);
    const size = (await stat(raw)).size;
    await until(() => collector.progress().outBytes === size);
    expect(events).toEqual([]);
    down = false;
    await collector.finish();
    expect(events.map(({ payload }) => JSON.parse(payload!).n)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('says so in words when the events cannot be stored at the end either', async () => {
    const collector = await collect(async () => {
      throw new Error('the database is away');
    });
    await appendFile(raw, '{"type":"result"}\n');
    await expect(collector.finish()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('database is away') });
    expect((await masked()).toString()).toBe('{"type":"result"}\n');
  }, 20_000);
});

describe('the output of a later attempt', () => {
  it('stands behind that of the first, though it is let go at random, and is masked by itself', async () => {
    const random = generator(11);
    const first = Buffer.from(`{"type":"assistant"}\n${'y'.repeat(5_000)} ${secret}\n{"type":"result"}\n`);
    await writeFile(raw, first);
    await (await collect()).finish();
    const before = await masked();
    await rm(raw);
    await writeFile(raw, '');
    const written: Buffer[] = [];
    for (let life = 0; life < 15; life++) {
      const collector = await collect(undefined, first.length);
      for (let i = 0; i < 10; i++) {
        const piece = randomPiece(random);
        written.push(piece);
        await appendFile(raw, piece);
      }
      await delay(random() * 20);
      await collector.close();
      const size = (await masked()).length;
      await truncate(path.join(directory, 'log', 'out.log'), Math.max(parsedUpTo, size - Math.floor(random() * 40)));
    }
    const second = Buffer.concat(written);
    expect(await (await collect(undefined, first.length)).finish()).toEqual({ outBytes: first.length + second.length, errBytes: 0, tampered: false });
    expect((await masked()).equals(Buffer.concat([before, masker.maskWhole(second)]))).toBe(true);
    expect(parsedUpTo).toBe(first.length + second.length);
    expect(kinds(events).slice(0, 2)).toEqual(['0 assistant {"type":"assistant"}', `${first.length - 18} result {"type":"result"}`]);
    expect(new Set(events.map(({ offset }) => offset)).size).toBe(events.length);
  }, 30_000);

  it('is not mistaken for the first when it is shortened or rewritten', async () => {
    await writeFile(raw, 'first line\nsecond line\n');
    await (await collect()).finish();
    await writeFile(raw, 'of the second attempt\n');
    expect(await (await collect(undefined, 23)).finish()).toEqual({ outBytes: 45, errBytes: 0, tampered: false });
    await writeFile(raw, 'OF the second attempt\n');
    expect((await (await collect(undefined, 23)).finish()).tampered).toBe(true);
    await truncate(raw, 3);
    expect(await (await collect(undefined, 23)).finish()).toEqual({ outBytes: 45, errBytes: 0, tampered: true });
    expect((await masked()).toString()).toBe('first line\nsecond line\nof the second attempt\n');
  });
});

describe('D1-12 output that the run tampers with', () => {
  it('keeps what was copied when the output is shortened, and says so', async () => {
    const collector = await collect();
    await appendFile(raw, 'first line\nsecond line\n');
    await until(() => collector.progress().outBytes === 23);
    await truncate(raw, 5);
    await until(() => collector.progress().tampered);
    await appendFile(raw, 'forged\n');
    expect(await collector.finish()).toEqual({ outBytes: 23, errBytes: 0, tampered: true });
    expect((await masked()).toString()).toBe('first line\nsecond line\n');
  });

  it('notices when it was shortened or rewritten while nobody looked', async () => {
    await writeFile(raw, 'first line\nsecond line\n');
    await (await collect()).finish();
    await writeFile(raw, 'another\n');
    expect((await (await collect()).finish()).tampered).toBe(true);
    await writeFile(raw, 'FIRST line\nsecond line\nthird line\n');
    expect(await (await collect()).finish()).toEqual({ outBytes: 23, errBytes: 0, tampered: true });
    expect((await masked()).toString()).toBe('first line\nsecond line\n');
  });

  it('reads on in the opened file when another is put in its place, and says so', async () => {
    const collector = await collect();
    await appendFile(raw, 'before\n');
    const writer = await open(raw, 'a');
    await rename(raw, `${raw}.old`);
    await writeFile(raw, 'forged\n');
    await writer.write('after\n');
    await writer.close();
    const result = await collector.finish();
    expect(result.tampered).toBe(true);
    expect((await masked()).toString()).toBe('before\nafter\n');
  });

  it('is not misled by other secrets than before: that is no tampering', async () => {
    await writeFile(raw, `a ${secret} and another-secret\n`);
    await (await collect()).finish();
    const collector = await startCollector({
      rawDirectory: directory,
      logDirectory: path.join(directory, 'log'),
      masker: createMasker(['another-secret']),
      parsedUpTo,
      onLines: async () => undefined,
    });
    expect((await collector.finish()).tampered).toBe(false);
    expect((await masked()).toString()).not.toContain(secret);
  });

  it('does not follow a link in place of the output: nothing is read of it, and the run is flagged', async () => {
    await rm(raw);
    await symlink('/etc/hostname', raw);
    expect(await (await collect()).finish()).toEqual({ outBytes: 0, errBytes: 0, tampered: true });
    expect(await masked()).toHaveLength(0);
  });
});
