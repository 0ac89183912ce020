import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInWithToken } from '@/scripts/demo/anyon-client.mjs';
import { layDevEnvironment, type DevEnvironment } from '@/tests/setup/dev-environment';

/** The first time every package is fetched for the image; afterwards that is a layer that lies there. */
const PATIENCE_MS = 900_000;

/** The order is the story: each test goes on where the one before it stopped. */
describe('the development environment in containers (E6)', () => {
  let dev: DevEnvironment;
  let token = '';

  beforeAll(async () => {
    dev = await layDevEnvironment();
  }, PATIENCE_MS);

  afterAll(async () => dev.close(), PATIENCE_MS);

  const tokenIn = (text: string) => /\/setup\?token=([\w-]{43})$/m.exec(text)?.[1] ?? '';
  const logs = () => dev.make('docker-dev-logs', { given: ['FOLLOW=', 'TAIL=all'] });
  const container = async (service: string) => (await dev.docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=com.docker.compose.project=${dev.project}`, '--filter', `label=com.docker.compose.service=${service}`)).trim();
  const startedAt = async (service: string) => (await dev.docker('inspect', '--format', '{{.State.StartedAt}} {{.State.Running}}', await container(service))).trim();
  const page = async () => (await fetch(`${dev.origin}/sign-in`, { signal: AbortSignal.timeout(120_000) }).then((answer) => answer.text(), () => '')) ?? '';

  it('`make docker-dev` ends with an address that signs in, and everything is there', { timeout: PATIENCE_MS }, async () => {
    token = tokenIn(await dev.make('docker-dev'));
    expect(await signInWithToken(dev.origin, token)).toContain('anyon-session');
    expect(await page()).toContain('Sign in');
    expect((await fetch(`${dev.simulator}/health`)).status).toBe(200);
    const running = (await dev.docker('ps', '--filter', `label=com.docker.compose.project=${dev.project}`, '--format', '{{.Label "com.docker.compose.service"}}')).trim().split('\n').sort();
    expect(running).toEqual(['app', 'collector', 'postgres', 'simulator']);
  });

  it('a changed page is served, and a changed worker runs, without a restart of anything else', { timeout: PATIENCE_MS }, async () => {
    const before = await startedAt('app');
    dev.change('app/sign-in/page.tsx', 'DoorPage title="Sign in"', 'DoorPage title="Sign in, changed"');
    dev.change('server/worker.ts', 'worker: has the lead', 'worker: has the changed lead');
    await expect.poll(page, { timeout: 120_000, interval: 500 }).toContain('Sign in, changed');
    // Not by `make` as below: each of those takes a processor for a second from what is waited for.
    const collected = async () => dev.docker('logs', await container('collector'));
    await expect.poll(collected, { timeout: 120_000, interval: 1_000 }).toContain('worker: has the changed lead');
    expect(await startedAt('app')).toBe(before);
  });

  it('the debuggers of web and worker answer, and the documented command writes a CPU profile', { timeout: PATIENCE_MS }, async () => {
    for (const [at, what] of [[dev.debuggerPort, 'next'], [dev.debuggerPort + 1, 'worker.mjs']] as const) {
      const targets = (await (await fetch(`http://127.0.0.1:${at}/json/list`)).json()) as { url: string; webSocketDebuggerUrl: string }[];
      expect(targets[0]).toMatchObject({ url: expect.stringContaining(what), webSocketDebuggerUrl: expect.stringMatching(/^ws:/) });
    }
    const said = await dev.make('docker-dev-shell', { input: 'npm run --silent cpu-profile -- worker 1\n' });
    const file = /^(\.dev\/profiles\/worker-\S+\.cpuprofile): \d+ samples$/m.exec(said)?.[1] ?? '';
    const profile = JSON.parse(await dev.docker('exec', await container('app'), 'cat', file)) as { nodes: { callFrame: { functionName: string } }[]; samples: number[] };
    expect(profile.samples.length).toBeGreaterThan(0);
    expect(profile.nodes.some(({ callFrame }) => callFrame.functionName === '(root)')).toBe(true);
  });

  it('the collector gets what app, simulator and database print', async () => {
    const text = await logs();
    for (const [service, words] of [['app', 'parent: running'], ['simulator', 'claude-simulator: listening'], ['postgres', 'ready to accept connections']]) expect(text).toMatch(new RegExp(`anyon\\.${dev.project}[_-]${service}[_-]1: .*${words}`));
  });

  it('a restart keeps the rows; a reset of the database does not', { timeout: PATIENCE_MS }, async () => {
    const before = await startedAt('postgres');
    await dev.make('docker-dev-restart');
    expect(await startedAt('postgres')).not.toBe(before);
    const fresh = tokenIn(await dev.make('docker-dev-address'));
    expect(await signInWithToken(dev.origin, fresh)).toContain('anyon-session');
    const unused = tokenIn(await dev.make('docker-dev-address'));
    const anew = tokenIn(await dev.make('docker-dev-db-reset'));
    await expect(signInWithToken(dev.origin, unused)).rejects.toThrow();
    expect(await signInWithToken(dev.origin, anew)).toContain('anyon-session');
  });

  it('-stop stops everything, and -clean leaves nothing', { timeout: PATIENCE_MS }, async () => {
    await dev.make('docker-dev-stop');
    expect(await startedAt('app')).toContain('false');
    await dev.make('docker-dev-clean');
    const ofProject = `label=com.docker.compose.project=${dev.project}`;
    const left = [await dev.docker('ps', '--all', '--quiet', '--filter', ofProject), await dev.docker('volume', 'ls', '--quiet', '--filter', ofProject), await dev.docker('network', 'ls', '--quiet', '--filter', ofProject), await dev.docker('images', '--quiet', `${dev.project}-*`)];
    expect(left.map((text) => text.trim())).toEqual(['', '', '', '']);
    expect([dev.dataDir, dev.tempDir].filter((folder) => existsSync(folder))).toEqual([]);
  });
});
