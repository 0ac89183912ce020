import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { putMessage, removeMessage, removeMessages } from '@/server/containers/detached-message';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let base: string;
let exchange: string;
let directory: string;

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'anyon-message-'));
  exchange = path.join(base, 'exchange');
  directory = path.join(exchange, 'run-1');
  mkdirSync(directory, { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

it('stands whole beside the folder of its command, for its owner only, and nothing of it is left elsewhere', async () => {
  const name = await putMessage(directory, '{"secret":"ünï"}', owner);
  expect(name).toMatch(/^run-1\.tell-[0-9a-f]{32}$/);
  expect(readFileSync(path.join(exchange, name), 'utf8')).toBe('{"secret":"ünï"}\n');
  expect(lstatSync(path.join(exchange, name)).mode & 0o777).toBe(0o600);
  expect(readdirSync(path.join(base, 'staging'))).toEqual([]);
  await removeMessage(directory, name);
  await removeMessage(directory, name);
  expect(readdirSync(exchange)).toEqual(['run-1']);
});

it('goes nowhere else when the container has put a link in the place of the folder', async () => {
  const elsewhere = path.join(base, 'elsewhere');
  mkdirSync(elsewhere);
  rmSync(directory, { recursive: true });
  symlinkSync(elsewhere, directory);
  await putMessage(directory, 'x', owner);
  expect(readdirSync(elsewhere)).toEqual([]);
});

it('is one line that the wrapper takes', async () => {
  await expect(putMessage(directory, 'two\nlines', owner)).rejects.toMatchObject({ kind: 'invalid' });
  await expect(putMessage(directory, 'x'.repeat(1024 * 1024), owner)).rejects.toMatchObject({ kind: 'invalid' });
  await expect(putMessage(path.join(exchange, '..x'), 'x', owner)).rejects.toMatchObject({ kind: 'invalid' });
  expect(existsSync(path.join(base, 'staging'))).toBe(false);
});

it('is removed with its command, also where a worker died over it; those of others stay', async () => {
  await putMessage(directory, 'x', owner);
  const other = await putMessage(path.join(exchange, 'run-12'), 'x', owner);
  writeFileSync(path.join(base, 'staging', 'run-1.tell-0a'), 'left');
  await removeMessages(directory);
  expect(readdirSync(exchange).sort()).toEqual(['run-1', other]);
  expect(readdirSync(path.join(base, 'staging'))).toEqual([]);
});
