import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

it('`npm run up` on a port that is taken names the port, the holder and the fix at once, and leaves nothing behind', async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-e2e-port-'));
  const dataDir = path.join(directory, 'data');
  const holder = net.createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  try {
    const { code, printed, seconds } = await up({ ANYON_DATA_DIR: dataDir, ANYON_PORT: String(port) });
    expect(printed).toContain(`Port ${port} is taken by node (process ${process.pid}).`);
    expect(printed).toContain(`ANYON_PORT=${port + 1} npm run up`);
    expect([code, seconds < 10]).toEqual([1, true]);
    expect(existsSync(dataDir)).toBe(false);
    expect(processesOf(dataDir)).toEqual([]);
  } finally {
    await new Promise((resolve) => holder.close(resolve));
    rmSync(directory, { recursive: true });
  }
});

it('E2 `npm run up` says all that is in its way at once, each with its fix, and leaves nothing behind', async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-e2e-start-'));
  const dataDir = path.join(directory, 'data');
  const holder = net.createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  try {
    const { code, printed, seconds } = await up({ ANYON_DATA_DIR: dataDir, ANYON_PORT: String(port), ANYON_WORKERS: 'many', ANYON_MIN_FREE_BYTES: 'much', DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(printed).toMatch(/4 things are in the way of Anyon:/);
    for (const sentence of ['ANYON_WORKERS must be', 'ANYON_MIN_FREE_BYTES must be', 'There is no Docker socket at /nowhere/docker.sock', `Port ${port} is taken by node (process ${process.pid})`]) expect(printed).toContain(sentence);
    expect(printed.match(/^ +→ /gm)?.length).toBe(4);
    expect([code, seconds < 10]).toEqual([1, true]);
    expect(existsSync(dataDir)).toBe(false);
  } finally {
    await new Promise((resolve) => holder.close(resolve));
    rmSync(directory, { recursive: true });
  }
});

/** `npm run up` with these settings and no others, to its end; `printed` is what a terminal would show. */
function up(settings: Record<string, string>): Promise<{ code: number | null; printed: string; seconds: number }> {
  const started = performance.now();
  const { PATH, HOME, DOCKER_HOST } = process.env;
  const env: NodeJS.ProcessEnv = { NODE_ENV: 'production', PATH, HOME, DOCKER_HOST, ...settings };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/up.mjs'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, printed, seconds: (performance.now() - started) / 1000 }));
  });
}

/** Processes that were told to use this data directory. */
function processesOf(dataDir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`ANYON_DATA_DIR=${dataDir}\0`);
    } catch {
      return false; // ended meanwhile, or another user's
    }
  });
}
