import { chown, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { giveFolder, keepHost } from '@/server/parent/keep-host';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(path.join(os.tmpdir(), 'anyon-keeper-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

it.runIf(isRoot)('gives a new folder to the user of Anyon, also one that holds only another of its folders', async () => {
  const [base, temp] = [path.join(place, 'base'), path.join(place, 'base/tmp')];
  await mkdir(temp, { recursive: true });
  await giveFolder(base, 1000, [base, temp]);
  expect(await lstat(base)).toMatchObject({ uid: 1000, gid: 1000 });
  expect((await lstat(base)).mode & 0o777).toBe(0o711);
  expect(await lstat(temp)).toMatchObject({ uid: 0 });
});

it.runIf(isRoot)('leaves what has an owner or a content as it is, and says what to do', async () => {
  await writeFile(path.join(place, 'of-somebody'), '');
  await expect(giveFolder(place, 1000)).rejects.toThrow(`chown -R 1000:1000 ${place}`);
  expect(await lstat(place)).toMatchObject({ uid: 0 });
  await chown(place, 1234, 1234);
  await expect(giveFolder(place, 1000)).rejects.toThrow('belongs to user 1234');
  await chown(place, 1000, 1000);
  await expect(giveFolder(place, 1000)).resolves.toBeUndefined();
});

it.runIf(isRoot)('does not follow a link', async () => {
  const [target, link] = [path.join(place, 'target'), path.join(place, 'link')];
  await mkdir(target);
  await symlink(target, link);
  await expect(giveFolder(link, 1000)).rejects.toThrow('belongs to user');
  expect(await lstat(target)).toMatchObject({ uid: 0 });
});

it.runIf(!isRoot)('refuses to begin without root', async () => {
  await expect(keepHost(undefined, new AbortController().signal)).rejects.toThrow('by root only');
});
