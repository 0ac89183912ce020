import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moveContents, moveFolder } from '@/server/workspaces/checkpoints/move-files';

let here: string;
let elsewhere: string;

beforeEach(() => {
  here = mkdtempSync(path.join(os.tmpdir(), 'anyon-move-'));
  elsewhere = mkdtempSync('/dev/shm/anyon-move-');
  mkdirSync(path.join(here, 'files/sub'), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(here, 'files/sub/run'), 'x', { mode: 0o755 });
  writeFileSync(Buffer.concat([Buffer.from(`${here}/files/odd`), Buffer.from([0xff, 0x0a])]), 'odd');
  symlinkSync('/etc/passwd', path.join(here, 'files/link'));
});
afterEach(() => {
  for (const directory of [here, elsewhere]) rmSync(directory, { recursive: true, force: true });
});

function expectAll(directory: string): void {
  expect(readdirSync(directory, { encoding: 'buffer' }).map((name) => name.toString('hex')).sort()).toEqual([Buffer.from('link'), Buffer.from([0x6f, 0x64, 0x64, 0xff, 0x0a]), Buffer.from('sub')].map((name) => name.toString('hex')).sort());
  expect([readFileSync(path.join(directory, 'sub/run'), 'utf8'), statSync(path.join(directory, 'sub/run')).mode & 0o777]).toEqual(['x', 0o755]);
  expect(readlinkSync(path.join(directory, 'link'))).toBe('/etc/passwd');
}

describe('N10 moving the files of a workspace', () => {
  it.each(['in one step', 'to another file system'])('%s', async (how) => {
    const target = path.join(how === 'in one step' ? here : elsewhere, 'kept');
    expect(lstatSync(here).dev === lstatSync(path.dirname(target)).dev).toBe(how === 'in one step');
    await moveFolder(path.join(here, 'files'), target);
    expectAll(target);
    expect(existsSync(path.join(here, 'files'))).toBe(false);
  });

  it('begins again where half of a copy was left', async () => {
    mkdirSync(path.join(elsewhere, 'kept.partial/sub'), { recursive: true });
    writeFileSync(path.join(elsewhere, 'kept.partial/sub/half'), 'half');
    await moveFolder(path.join(here, 'files'), path.join(elsewhere, 'kept'));
    expectAll(path.join(elsewhere, 'kept'));
    expect(existsSync(path.join(elsewhere, 'kept/sub/half'))).toBe(false);
  });

  it.each(['in one step', 'to another file system'])('into a folder that stays the same, %s, and again after a crash', async (how) => {
    const target = path.join(how === 'in one step' ? here : elsewhere, 'mounted');
    mkdirSync(target);
    writeFileSync(path.join(target, 'sub'), 'in the way');
    const { ino } = statSync(target);
    await moveContents(path.join(here, 'files'), target);
    await moveContents(path.join(here, 'files'), target);
    expectAll(target);
    expect(statSync(target).ino).toBe(ino);
    expect(existsSync(path.join(here, 'files'))).toBe(false);
  });
});
