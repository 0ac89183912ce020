import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { root } from '@/tests/house/house';
import { whole } from '@/tests/faults/extent';

/** Who interrupts `npm run load` or `npm run soak` while its product is being started is left with nothing: no process, folder, container or network. In whole only. */
let directory: string;
let load: ChildProcess;

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-interrupted-'));
  chmodSync(directory, 0o755); // Postgres runs as another user and must be able to pass
});
afterEach(() => {
  load.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** The processes that have to do with this folder, by environment, command or what they write into; but the one that was asked to end. */
function processesOfLoad(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === load.pid) return false;
    try {
      const said = ['environ', 'cmdline'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8')).join('\0');
      return `${said}\0${readlinkSync(`/proc/${pid}/fd/1`)}`.includes(directory);
    } catch {
      return false; // it has ended
    }
  });
}

const moments: readonly (readonly [string, string])[] = [
  ['its folder is made', 'anyon-running-*'],
  ['Postgres starts', 'anyon-running-*/data/postgres/cluster/postmaster.pid'],
  ['the product runs', 'anyon-running-*/data/parent.json'],
];

it.runIf(whole).each(moments)('leaves nothing when it is interrupted as soon as %s', async (_moment, place) => {
  const options = JSON.stringify({ runs: 1, cli: 0, linesPerSecond: 1, workspaces: 1, streams: 1, minutes: 1 });
  load = spawn(process.execPath, ['--import', 'tsx', path.join(root, 'tests/load/load.ts'), options], { cwd: root, env: { ...process.env, TMPDIR: directory }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [load.stdout, load.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => load.once('close', resolve));
  await vi.waitFor(() => expect(globSync(place, { cwd: directory })).toHaveLength(1), { timeout: 240_000, interval: 20 });
  const [instance = ''] = globSync('anyon-running-*', { cwd: directory }).map((name) => name.replace('anyon-running-', ''));
  load.kill('SIGTERM');
  load.kill('SIGTERM'); // as npm and the terminal do
  expect([await ended, said.includes('interrupted by SIGTERM'), said.includes('left behind')], said).toEqual([130, true, false]);
  expect(existsSync(path.join(directory, `anyon-running-${instance}`))).toBe(false);
  expect(readdirSync(directory).filter((name) => name.startsWith('anyon-'))).toEqual([]);
  await vi.waitFor(() => expect(processesOfLoad()).toEqual([]), { timeout: 20_000 });
  for (const kind of [['ps', '--all'], ['network', 'ls']]) expect(execFileSync('docker', [...kind, '--quiet', '--filter', `label=anyon.instance=${instance}`], { encoding: 'utf8' })).toBe('');
});
