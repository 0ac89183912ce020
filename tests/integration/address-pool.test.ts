import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '@/server/containers/docker-engine';
import type { EngineNetwork, NetworkSpec } from '@/server/containers/engine';
import { workspaceNetworkSpec } from '@/server/egress/workspace-network';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { ownInstance } from '@/tests/setup/owned-names';

/** ISO-11: Docker's own ranges hold 31 networks. 200 take the bridges of a whole machine, so that is for ANYON_FULL=1. */
const COUNT = process.env['ANYON_FULL'] === '1' ? 200 : 40;
const instance = await ownInstance();
changeEnvironment({ ANYON_INSTANCE: instance });
const engine = createDockerEngine({ instance });
const mine = () => engine.listNetworks({ 'anyon.instance': instance });

afterAll(async () => {
  for (const { name } of await mine()) await engine.removeNetwork(name);
});

const spec = (index: number): NetworkSpec => workspaceNetworkSpec({ id: `workspace-${index}`, egressLevel: 'none' });

describe('networks of workspaces', () => {
  it(`ISO-11: ${COUNT} can exist, each within half a second`, { timeout: COUNT * 3_000 }, async () => {
    const times: number[] = [];
    const made: EngineNetwork[] = [];
    for (let index = 0; index < COUNT; index += 1) {
      const started = performance.now();
      made.push(await engine.ensureNetwork(spec(index)));
      times.push(performance.now() - started);
    }
    expect(await mine()).toHaveLength(COUNT);
    expect(new Set(made.map(({ subnet }) => subnet)).size).toBe(COUNT);
    expect(made.every(({ subnet, gateway, bridge }) => /^10\.213\.\d+\.\d+\/28$/.test(subnet ?? '') && gateway?.startsWith('10.213.') && /^an[0-9a-f]{4}r[0-9a-f]{8}$/.test(bridge ?? ''))).toBe(true);
    const sorted = times.toSorted((one, other) => one - other);
    const figures = { median: Math.round(sorted[Math.floor(COUNT / 2)] ?? 0), p95: Math.round(sorted[Math.floor(COUNT * 0.95)] ?? 0) };
    process.stdout.write(`ISO-11: ${COUNT} networks, median ${figures.median} ms, p95 ${figures.p95} ms, slowest ${Math.round(sorted.at(-1) ?? 0)} ms\n`);
    expect(figures.p95).toBeLessThan(500);
  });

  it('D2-15 ISO-11: their addresses are free again after they were deleted', { timeout: COUNT * 3_000 }, async () => {
    for (const { name } of await mine()) await engine.removeNetwork(name);
    expect(await mine()).toEqual([]);
    // A range with room for exactly sixteen, emptied and filled again.
    for (let round = 0; round < 2; round += 1) {
      const small = (index: number) => ({ ...spec(index), pool: '10.214.255.0/24' });
      for (let index = 0; index < 16; index += 1) await engine.ensureNetwork(small(index));
      await expect(engine.ensureNetwork(small(16))).rejects.toMatchObject({ kind: 'limit_reached', message: expect.stringMatching(/ANYON_ADDRESS_POOL/) as string });
      for (const { name } of await mine()) await engine.removeNetwork(name);
    }
  });

  it('get addresses of their own when many are made at once', async () => {
    const made = await Promise.all(Array.from({ length: 12 }, (_, index) => engine.ensureNetwork({ ...spec(index), pool: '10.214.254.0/24' })));
    expect(new Set(made.map(({ subnet }) => subnet)).size).toBe(12);
    for (const { name } of made) await engine.removeNetwork(name);
  });
});

describe('a bridge that Docker has forgotten', () => {
  const pool = '10.214.253.0/27';
  const left = `anleft${randomBytes(4).toString('hex')}`;

  it('keeps its range: a network is made beside it, and one that shares it is made anew', async () => {
    const first = await engine.ensureNetwork({ ...spec(0), pool });
    leaveBridge(left, first.gateway ?? '');
    try {
      const second = await engine.ensureNetwork({ ...spec(0), pool });
      expect(second).toMatchObject({ name: first.name, bridge: first.bridge });
      expect(second.subnet).not.toBe(first.subnet);
      // Both ranges of the pool are taken now: one by the network, one by what nobody owns.
      await expect(engine.ensureNetwork({ ...spec(1), pool })).rejects.toMatchObject({ kind: 'limit_reached' });
    } finally {
      execFileSync('ip', ['link', 'delete', left]);
    }
    expect((await engine.ensureNetwork({ ...spec(1), pool })).subnet).toBe(first.subnet);
  });
});

/** As it is found now and then after a network was removed: up, with its address, and without a link. */
function leaveBridge(name: string, address: string): void {
  execFileSync('ip', ['link', 'add', name, 'type', 'bridge']);
  execFileSync('ip', ['address', 'add', `${address}/28`, 'dev', name]);
  execFileSync('ip', ['link', 'set', name, 'up']);
}
