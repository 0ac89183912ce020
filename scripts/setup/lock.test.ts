import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = path.resolve(import.meta.dirname, 'lock.mjs');
let directory = '';
let holders: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-lock-'));
});

afterEach(() => {
  for (const holder of holders) holder.kill('SIGKILL');
  holders = [];
  rmSync(directory, { recursive: true, force: true });
});

/** Takes the lock in another process; prints `taken` and stays, or fails. */
function program(stay: boolean): string[] {
  const code = `const { takeLock } = await import(${JSON.stringify(script)}); takeLock(${JSON.stringify(path.join(directory, 'lock'))}, 'npm run up'); console.log('taken');${stay ? ' setInterval(() => {}, 1000);' : ''}`;
  return ['--input-type=module', '--eval', code];
}

function hold(): Promise<string> {
  const child = spawn(process.execPath, program(true), { stdio: ['ignore', 'pipe', 'pipe'] });
  holders.push(child);
  return new Promise((resolve) => {
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (words += text));
    child.stdout.once('data', () => resolve('taken'));
    child.once('close', () => resolve(words));
  });
}

it('refuses a second process with a sentence that names the first', async () => {
  expect(await hold()).toBe('taken');
  const second = spawnSync(process.execPath, program(false), { encoding: 'utf8' });
  expect(second.status).not.toBe(0);
  expect(second.stderr).toContain(`\`npm run up\` is running already (process ${holders[0]?.pid})`);
});

it('lets exactly one of many win when a dead process has left its lock', async () => {
  writeFileSync(path.join(directory, 'lock'), JSON.stringify({ pid: 2 ** 22 - 1, startTime: '1', holder: 'npm run up' }));
  const results = await Promise.all(Array.from({ length: 6 }, () => hold()));
  expect(results.filter((result) => result === 'taken')).toHaveLength(1);
  for (const result of results) if (result !== 'taken') expect(result).toContain('is running already');
});

it('takes over what was cut in the middle of a write', async () => {
  writeFileSync(path.join(directory, 'lock'), '{"pid":');
  expect(await hold()).toBe('taken');
  expect(existsSync(path.join(directory, 'lock'))).toBe(true);
});
