import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyBundle } from '@/server/workspaces/checkpoints/bundle-file';
import { changeEnvironment } from '@/tests/setup/test-environment';

let directory: string;
let source: string;
let target: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-bundle-'));
  changeEnvironment({ NODE_ENV: 'test', ANYON_DATA_DIR: directory });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  source = path.join(directory, 'from.bundle');
  target = path.join(directory, 'to.bundle');
  for (const file of [source, target]) rmSync(file, { force: true });
});

function makeBundle(format: 'sha1' | 'sha256', bytes = 10): void {
  const repository = mkdtempSync(path.join(directory, 'repository-'));
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, '-c', 'user.name=T', '-c', 'user.email=t@localhost', ...args], { stdio: 'pipe' });
  git('init', '--quiet', `--object-format=${format}`);
  writeFileSync(path.join(repository, 'file'), Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7919) % 251)));
  git('add', 'file');
  git('commit', '--quiet', '--message=first');
  git('-c', 'core.compression=0', 'bundle', 'create', '--quiet', source, '--all');
}

describe('N10 copying a bundle out of a container', () => {
  it.each([
    ['sha1', 10],
    ['sha256', 10],
    ['sha1', 3_000_000],
  ] as const)('takes a whole one of %s with %i bytes, for the product alone', async (format, bytes) => {
    makeBundle(format, bytes);
    expect(await copyBundle(source, target)).toBe(statSync(source).size);
    expect(readFileSync(target).equals(readFileSync(source))).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['is cut', () => truncateSync(source, statSync(source).size - 1)],
    ['has something behind it', () => appendFileSync(source, 'x')],
    ['was changed in the middle', () => {
      const bytes = readFileSync(source);
      bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
      writeFileSync(source, bytes);
    }],
    ['is something else', () => writeFileSync(source, 'hello\n\nPACKworld and a little more so that there is enough')],
    ['is empty', () => writeFileSync(source, '')],
    ['is a header without end', () => writeFileSync(source, '# v2 git bundle\n')],
    ['is a link', () => {
      rmSync(source);
      symlinkSync('/etc/passwd', source);
    }],
  ])('refuses one that %s', async (_name, spoil) => {
    makeBundle('sha1');
    spoil();
    await expect(copyBundle(source, target)).rejects.toMatchObject({ kind: 'invalid' });
  });
});
