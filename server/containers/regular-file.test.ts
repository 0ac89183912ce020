import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegularFile } from '@/server/containers/regular-file';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'anyon-file-'));
  mkdirSync(path.join(folder, 'run'));
  mkdirSync(path.join(folder, 'other'));
  writeFileSync(path.join(folder, 'other/out.raw'), 'of somebody else');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => path.join(folder, 'run/out.raw');

it('opens a file for reading from any place', async () => {
  writeFileSync(file(), 'hello');
  const handle = await openRegularFile(file());
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(10), 0, 10, 2);
  expect(buffer.toString('utf8', 0, bytesRead)).toBe('llo');
  await handle.close();
});

it('tells a file that is absent', async () => {
  await expect(openRegularFile(file())).rejects.toMatchObject({ kind: 'not_found' });
  await expect(openRegularFile(path.join(folder, 'absent/out.raw'))).rejects.toMatchObject({ kind: 'not_found' });
});

it('refuses a link', async () => {
  symlinkSync('../other/out.raw', file());
  await expect(openRegularFile(file())).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/not a regular file/) as string });
});

it('refuses a folder that is a link', async () => {
  rmSync(path.join(folder, 'run'), { recursive: true });
  symlinkSync('other', path.join(folder, 'run'));
  await expect(openRegularFile(file())).rejects.toMatchObject({ kind: 'invalid' });
});

it('refuses a FIFO at once, although nobody writes to it', async () => {
  execFileSync('mkfifo', [file()]);
  await expect(openRegularFile(file())).rejects.toMatchObject({ kind: 'invalid' });
});

it('refuses a folder, a device and a socket', async () => {
  mkdirSync(file());
  await expect(openRegularFile(file())).rejects.toMatchObject({ kind: 'invalid' });
  await expect(openRegularFile('/dev/null')).rejects.toMatchObject({ kind: 'invalid' });
  const server = net.createServer().listen(path.join(folder, 'run/socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  await expect(openRegularFile(path.join(folder, 'run/socket'))).rejects.toMatchObject({ kind: 'invalid' });
  server.close();
});
