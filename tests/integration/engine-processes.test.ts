import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askEngine } from '../../scripts/setup/engine-address.mjs';
import { startedEngine, stopEngineProcesses } from '../../scripts/setup/engine-processes.mjs';
import { identify, lives } from '../../scripts/setup/process-identity.mjs';

const script = fileURLToPath(new URL('../../scripts/setup/engine-processes.mjs', import.meta.url));

/**
 * A whole second engine with its own places, in a network namespace of its own: beside another engine's bridge it would
 * take that one's away.
 */
describe('an engine that `npm run up` starts itself', () => {
  let directory = '';
  const inside = (name: string) => path.join(directory, name);
  const record = () => inside('engine.json');
  const address = () => `unix://${inside('docker.sock')}`;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'anyon-engine-'));
  });

  afterEach(async () => {
    await stopEngineProcesses(record());
    spawnSync('umount', ['--quiet', inside('data')]); // a killed dockerd leaves its directory mounted on itself
    await rm(directory, { recursive: true, force: true });
  });

  function start(): { status: number | null; stderr: string } {
    const layout = {
      socket: inside('docker.sock'),
      pidFile: inside('docker.pid'),
      containerdSocket: inside('containerd.sock'),
      containerdArguments: ['--root', inside('containerd-root'), '--state', inside('containerd-state')],
      extraArguments: ['--data-root', inside('data'), '--exec-root', inside('exec'), '--storage-driver', 'vfs'],
    };
    const program = `const { startEngineProcesses } = await import(${JSON.stringify(script)}); await startEngineProcesses(${JSON.stringify(layout)}, ${JSON.stringify(record())}, ${JSON.stringify(directory)});`;
    return spawnSync('unshare', ['--net', process.execPath, '--input-type=module', '--eval', program], { encoding: 'utf8' });
  }

  async function dockerd(): Promise<{ pid: number; startTime: string }> {
    return JSON.parse(await readFile(record(), 'utf8')).dockerd;
  }

  it('answers, is remembered, and is gone with its containerd after the stop', async () => {
    expect(await askEngine(address())).toMatchObject({ state: 'absent' });
    expect(start()).toMatchObject({ status: 0, stderr: '' });
    expect(await askEngine(address())).toMatchObject({ state: 'running' });
    const processes = startedEngine(record());
    expect(lives(processes.dockerd) && lives(processes.containerd)).toBe(true);
    await stopEngineProcesses(record());
    expect(lives(processes.dockerd) || lives(processes.containerd)).toBe(false);
    expect(startedEngine(record())).toBeNull();
  });

  it('starts again after kill -9, with a pid file that names another living program', async () => {
    start();
    const first = await dockerd();
    const containerd = startedEngine(record()).containerd;
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => lives(first)).toBe(false);
    await writeFile(inside('docker.pid'), String(process.pid));
    expect(start()).toMatchObject({ status: 0, stderr: '' });
    expect(await askEngine(address())).toMatchObject({ state: 'running' });
    expect(await dockerd()).not.toEqual(first);
    expect(startedEngine(record()).containerd).toEqual(containerd);
  });

  it('says why when it cannot start', async () => {
    await writeFile(inside('exec'), 'a file where a directory must be');
    const { status, stderr } = start();
    expect(status).not.toBe(0);
    expect(stderr).toContain('dockerd ended right after its start');
  });

  it('knows a process by its start time, not by its pid alone', () => {
    const own = identify(process.pid);
    expect(lives(own)).toBe(true);
    expect(lives({ pid: process.pid, startTime: `${Number(own?.startTime) + 1}` })).toBe(false);
  });
});
