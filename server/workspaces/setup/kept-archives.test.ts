import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adoptCached, CACHES_PER_OWNER, findCached, findOwnArchive, keepArchive, shareArchive, sweepCaches } from '@/server/workspaces/setup/kept-archives';
import { MAX_ARCHIVE_BYTES } from '@/server/workspaces/setup/setup-archive';
import { changeEnvironment } from '@/tests/setup/test-environment';

let directory = '';
let exchange = '';
const DAY = 86_400_000;

beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-archives-'));
  changeEnvironment({ ANYON_DATA_DIR: directory });
});
beforeEach(() => {
  rmSync(directory, { recursive: true, force: true });
  exchange = path.join(directory, 'workspaces/w1/exchange/setup-pack');
  mkdirSync(exchange, { recursive: true });
  writeFileSync(path.join(exchange, 'archive.tar.gz'), 'content');
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  changeEnvironment({ ANYON_DATA_DIR: undefined });
});

const exchanged = () => path.join(exchange, 'archive.tar.gz');
const caches = (owner: string) => readdirSync(path.join(directory, 'setup-caches', owner)).toSorted();

async function keepAndShare(owner: string, key: string): Promise<void> {
  await keepArchive('w1', 'stamp', exchanged());
  await shareArchive(owner, key, 'w1', 'stamp');
}

describe('what a container has packed', () => {
  it('is kept for the workspace; what was kept before is not', async () => {
    await keepArchive('w1', 'older', exchanged());
    await keepArchive('w1', 'stamp', exchanged());
    expect(await findOwnArchive('w1', 'older')).toBeNull();
    const own = await findOwnArchive('w1', 'stamp');
    expect(readFileSync(own ?? '', 'utf8')).toBe('content');
    expect(readdirSync(path.dirname(own ?? ''))).toEqual(['stamp.tar.gz']);
  });

  it.each<[string, () => unknown]>([
    ['a link to a file of the host', () => symlinkSync('/etc/passwd', exchanged())],
    ['a FIFO', () => execFileSync('mkfifo', [exchanged()])],
    ['a folder', () => mkdirSync(exchanged())],
    ['more than may be kept', () => (writeFileSync(exchanged(), ''), truncateSync(exchanged(), MAX_ARCHIVE_BYTES + 1))],
  ])('is refused when there is %s instead', async (_what, plant) => {
    rmSync(exchanged());
    plant();
    await expect(keepArchive('w1', 'stamp', exchanged())).rejects.toMatchObject({ name: 'AnyonError' });
    expect(await findOwnArchive('w1', 'stamp')).toBeNull();
  });
});

describe('what is shared', () => {
  it('is found by its owner under its key, and becomes a further workspace’s own', async () => {
    await keepAndShare('alice', 'key');
    const cached = await findCached('alice', 'key');
    expect(cached?.keptAt).toBeInstanceOf(Date);
    expect([await findCached('bob', 'key'), await findCached('alice', 'other')]).toEqual([null, null]);
    if (cached) await adoptCached('w2', 'stamp', cached);
    expect(readFileSync((await findOwnArchive('w2', 'stamp')) ?? '', 'utf8')).toBe('content');
  });

  it('is replaced by a later one of the same key, and leaves the workspaces that had the earlier one as they are', async () => {
    await keepAndShare('alice', 'key');
    const cached = await findCached('alice', 'key');
    if (cached) await adoptCached('w2', 'stamp', cached);
    writeFileSync(exchanged(), 'newer');
    await keepAndShare('alice', 'key');
    await Promise.all([shareArchive('alice', 'key', 'w1', 'stamp'), shareArchive('alice', 'key', 'w1', 'stamp')]);
    expect(readFileSync((await findCached('alice', 'key'))?.file ?? '', 'utf8')).toBe('newer');
    expect(readFileSync((await findOwnArchive('w2', 'stamp')) ?? '', 'utf8')).toBe('content');
    expect(caches('alice')).toEqual(['key.tar.gz']);
  });

  it('is bounded per owner: the oldest go', async () => {
    for (let index = 0; index <= CACHES_PER_OWNER; index += 1) {
      await keepAndShare('alice', `key${index}`);
      utimesSync(path.join(directory, `setup-caches/alice/key${index}.tar.gz`), new Date(), new Date(Date.now() - DAY + index * 1_000));
    }
    await keepAndShare('bob', 'his');
    await sweepCaches({ all: false });
    expect(caches('alice')).toEqual(['key1.tar.gz', 'key2.tar.gz', 'key3.tar.gz', 'key4.tar.gz', 'key5.tar.gz']);
    expect(caches('bob')).toEqual(['his.tar.gz']);
  });

  it('is for seven days, and goes altogether when the disk gets short', async () => {
    await keepAndShare('alice', 'key');
    const file = path.join(directory, 'setup-caches/alice/key.tar.gz');
    utimesSync(file, new Date(), new Date(Date.now() - 7 * DAY - 1_000));
    expect(await findCached('alice', 'key')).toBeNull();
    await sweepCaches({ all: false });
    expect(caches('alice')).toEqual([]);
    await keepArchive('w1', 'stamp', exchanged()); // the old one was the same file
    await shareArchive('alice', 'key', 'w1', 'stamp');
    await sweepCaches({ all: true });
    expect(caches('alice')).toEqual([]);
    expect(await findOwnArchive('w1', 'stamp')).not.toBeNull();
  });
});
