import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChildProcess } from 'node:child_process';
import type { EgressLevel } from '@/contract/egress';
import { createDockerEngine } from '@/server/containers/docker-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { workspaceDns, workspaceNetworkSpec } from '@/server/egress/workspace-network';
import { PROBE, type ProbeResult } from '@/tests/setup/network-probe';
import { ANSWER_ALL, command, openNamespaceFirewall, openOutsideNetwork, startScript, type NamespaceFirewall, type OutsideNetwork } from '@/tests/setup/outside-network';
import { startSecondEngine, type SecondEngine } from '@/tests/setup/second-engine';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { ownInstance } from '@/tests/setup/owned-names';

/**
 * A machine of its own: an engine in its own network namespace, so that metadata addresses can be given away and the engine be
 * killed. Behind it a further namespace has private and public addresses that packets are routed to. Needs root.
 */
const PORT = 8080;
const PROXY_PORT = 9001;
const METADATA = '169.254.169.254';
const OUTSIDE_PRIVATE = ['10.55.0.5', '172.20.5.5', '192.168.77.5', '100.64.0.5', '100.100.100.200', '169.254.170.2', '168.63.129.16', '192.0.0.192', '198.19.0.5'];
const PUBLIC = '203.0.113.2';
const instance = await ownInstance();

let second: SecondEngine;
let engine: ContainerEngine;
let outside: OutsideNetwork;
let firewall: NamespaceFirewall;
const listeners: ChildProcess[] = [];
const containers: Partial<Record<EgressLevel, string>> = {};
const gateways: string[] = [];
let machine: string[];

beforeAll(async () => {
  changeEnvironment({ ANYON_INSTANCE: instance });
  second = await startSecondEngine();
  await second.load('anyon-claude:latest', { leaveOut: 'compilers and Claude Code' });
  engine = createDockerEngine({ host: second.address, instance });
  outside = await openOutsideNetwork(second.prefix, '203.0.113', OUTSIDE_PRIVATE);
  await command(second.prefix, 'ip', 'address', 'add', `${METADATA}/32`, 'dev', 'lo');
  machine = [(await engine.hostGateway()) ?? '', second.namespaceAddress, outside.nearAddress, METADATA];
  listeners.push(await startScript(second.prefix, ANSWER_ALL, `${PORT},${PROXY_PORT}`, machine[0] ?? ''), await startScript(outside.prefix, ANSWER_ALL, `${PORT},53`, ''));
  firewall = await openNamespaceFirewall(second.prefix, { instance, proxy: `${machine[0]}:${PROXY_PORT}` });
  for (const level of ['open', 'allow-list', 'none'] as const) containers[level] = await openContainer(level, level);
}, 240_000);
afterAll(async () => {
  for (const listener of listeners) listener.kill('SIGKILL');
  await firewall?.remove();
  firewall?.close();
  for (const container of engine ? await engine.listContainers({ 'anyon.instance': instance }) : []) await engine.removeContainer(container.id);
  await outside?.close();
  await second?.close();
}, 60_000);

async function openContainer(id: string, egressLevel: EgressLevel): Promise<string> {
  const network = await engine.ensureNetwork(workspaceNetworkSpec({ id, egressLevel }));
  gateways.push(network.gateway ?? '');
  const limits = { memoryBytes: 256 * 1024 ** 2, cpus: 1, pids: 128 };
  const container = await engine.createContainer({ name: `${instance}-${id}`, image: 'anyon-claude:latest', labels: {}, env: {}, user: '1000:1000', network: network.name, dns: workspaceDns({ id, egressLevel }), limits, mounts: [] });
  await engine.startContainer(container);
  return container;
}

async function reached(container: string | undefined, targets: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await engine.exec(container ?? '', { argv: ['node', '--input-type=module', '-e', PROBE, '--', targets.join(',')], timeoutMs: 60_000 });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return (JSON.parse(stdout.toString()) as ProbeResult).reached.sort();
}

const both = (addresses: readonly string[], port = PORT) => addresses.flatMap((address) => [`tcp ${address} ${port}`, `udp ${address} ${port}`]).sort();
const proxy = () => `tcp ${machine[0]} ${PROXY_PORT}`;
const everything = () => [...both([...machine, ...gateways, ...OUTSIDE_PRIVATE, PUBLIC]), ...both([PUBLIC], 53), ...both(machine, PROXY_PORT)];

async function expectIsolation(): Promise<void> {
  expect(await firewall.check()).toEqual({ ok: true, problem: null });
  expect(await reached(containers.open, everything())).toEqual([proxy(), ...both([PUBLIC])].sort());
  for (const level of ['allow-list', 'none'] as const) expect([level, await reached(containers[level], everything())]).toEqual([level, [proxy()]]);
}

describe('private ranges, metadata and the machine', () => {
  it('ISO-04 would all be reached without the rules (so the next tests can fail)', async () => {
    const found = await reached(containers.none, everything());
    expect(found).toEqual(expect.arrayContaining(both([...machine, ...OUTSIDE_PRIVATE, PUBLIC])));
  });

  it('ISO-04 are out of reach in both chains, and only open workspaces reach public addresses', async () => {
    expect(await firewall.check()).toMatchObject({ ok: false });
    expect(await firewall.ensure()).toEqual({ ok: true, problem: null });
    await expectIsolation();
  });

  it('ISO-04 stay so when the metadata address lies behind the machine', async () => {
    await command(second.prefix, 'ip', 'address', 'delete', `${METADATA}/32`, 'dev', 'lo');
    await command(second.prefix, 'ip', 'route', 'add', `${METADATA}/32`, 'via', outside.farAddress);
    await command(outside.prefix, 'ip', 'address', 'add', `${METADATA}/32`, 'dev', 'lo');
    await expectIsolation();
  });

  it('ISO-04 have no way by IPv6 either: there is none in a container', async () => {
    for (const container of Object.values(containers)) expect((await engine.exec(container, { argv: ['cat', '/proc/net/if_inet6'] })).stdout.toString().replace(/^.* lo$/gm, '').trim()).toBe('');
  });

  it('nobody from outside gets in', async () => {
    const address = (await engine.inspectContainer(containers.open ?? ''))?.address ?? '';
    await engine.execDetached(containers.open ?? '', { argv: ['node', '--input-type=module', '-e', ANSWER_ALL, '--', '7000', ''] });
    await command(outside.prefix, 'ip', 'route', 'replace', `${address}/32`, 'via', outside.nearAddress);
    const look = async (prefix: readonly string[]) => JSON.parse(await command(prefix, process.execPath, '--input-type=module', '-e', PROBE, '--', `tcp ${address} 7000`)) as ProbeResult;
    while ((await look(second.prefix)).reached.length === 0); // the machine itself may; this waits for the listener
    expect((await look(outside.prefix)).reached).toEqual([]);
  });
});

describe('what happens to the engine', () => {
  it('ISO-03 changes nothing: networks pruned', async () => {
    await command([], 'docker', '--host', second.address, 'network', 'prune', '--force');
    await expectIsolation();
  });

  it('ISO-03 changes nothing: the engine killed and started again, and a network made after that', async () => {
    await second.kill('dockerd');
    await second.start();
    await expectIsolation();
    containers.none = await openContainer('later', 'none');
    await expectIsolation();
  });
});
