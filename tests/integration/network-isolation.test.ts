import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EgressLevel } from '@/contract/egress';
import { Attendants } from '@/server/containers/attendants';
import { createDockerEngine } from '@/server/containers/docker-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { checkFirewall, ensureFirewall, removeFirewall } from '@/server/egress/firewall';
import { bridgePrefix, egressAddress, networkName, workspaceNetworkSpec } from '@/server/egress/workspace-network';
import { proveIsolation } from '@/server/workspaces/tasks/prove-isolation';
import { machineAddresses, listeningPorts, openSink, PROBE, type ProbeResult, type Sink } from '@/tests/setup/network-probe';
import { openNamespaceFirewall } from '@/tests/setup/outside-network';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { openWorkspaceContainer, type WorkspaceContainer } from '@/tests/setup/workspace-container';

/** From inside real containers, on the real engine: what they reach of this machine and of each other. Needs root, as the rules do. */
let product: TestProduct;
let engine: ContainerEngine;
let sink: Sink;
let five: WorkspaceContainer[];
const levels: readonly EgressLevel[] = ['open', 'allow-list', 'none', 'open', 'none'];

beforeAll(async () => {
  product = await startTestProduct();
  engine = createDockerEngine();
  sink = await openSink();
  const owner = await product.addUser('owner');
  five = await Promise.all(levels.map((level) => openWorkspaceContainer(engine, owner, { level, hosts: level === 'allow-list' ? ['example.com'] : [] })));
});
afterAll(async () => {
  sink?.close();
  await product?.close();
});

const probe = (from: WorkspaceContainer, targets: readonly string[]) => from.node<ProbeResult>(PROBE, targets.join(','));
const hits = () => five.reduce((sum, { address }) => sum + sink.hits(address), 0);

/** Every address of this machine with the ports of the sink by TCP and UDP, and with every port on which something of this machine listens. */
function hostTargets(): string[] {
  const proxy = egressAddress();
  return machineAddresses().flatMap((address) => [
    `tcp ${address} ${sink.port}`,
    `udp ${address} ${sink.port}`,
    `udp ${address} 53`,
    ...listeningPorts()
      .filter((port) => !(address === proxy.host && port === proxy.port))
      .map((port) => `tcp ${address} ${port}`),
  ]);
}

async function expectHostOutOfReach(): Promise<void> {
  const targets = hostTargets();
  for (const workspace of five.slice(0, 3)) {
    const { reached, tried } = await probe(workspace, targets);
    expect({ level: workspace.name, reached }).toEqual({ level: workspace.name, reached: [] });
    expect(tried).toBe(targets.length);
  }
}

describe('the machine itself', () => {
  it('ISO-03 would be reached without the rules (so the next test can fail)', async () => {
    await removeFirewall();
    const [workspace] = five as [WorkspaceContainer];
    const gateway = workspace.network.gateway ?? '';
    const { reached } = await probe(workspace, [`tcp ${gateway} ${sink.port}`, `udp ${gateway} ${sink.port}`, `tcp ${product.gateway} ${sink.port}`]);
    expect(reached).toHaveLength(3);
    expect(await checkFirewall()).toMatchObject({ ok: false, problem: expect.stringMatching(/npm run up/) as string });
    expect(await ensureFirewall()).toEqual({ ok: true, problem: null });
  });

  it('ISO-03 is out of reach by every address, TCP and UDP, on every port on which something listens', async () => {
    const before = hits();
    expect(machineAddresses().length).toBeGreaterThanOrEqual(7); // its own, docker0, five bridges
    await expectHostOutOfReach();
    expect(hits()).toBe(before);
  });

  it('ISO-03 refuses at once instead of letting programs wait', async () => {
    const [open, , none] = five as [WorkspaceContainer, WorkspaceContainer, WorkspaceContainer];
    for (const workspace of [open, none]) expect((await probe(workspace, [`tcp ${product.gateway} ${sink.port}`, 'tcp 169.254.169.254 80'])).slowestMs).toBeLessThan(500);
  });

  it('ISO-03 stays out of reach after networks were pruned', async () => {
    // Only those of this test: the engine has other users.
    execFileSync('docker', ['network', 'prune', '--force', '--filter', `label=anyon.instance=${product.instance}`]);
    await expectHostOutOfReach();
    expect(await checkFirewall()).toEqual({ ok: true, problem: null });
  });

  it('leaves the proxy’s port open, and it knows each workspace by its address', async () => {
    const { host, port } = egressAddress();
    for (const workspace of five) {
      const { stdout } = await workspace.run('curl', '--silent', '--noproxy', '*', `http://${host}:${port}/`);
      expect(JSON.parse(stdout)).toEqual({ anyon: 'egress', workspaceId: workspace.workspaceId });
    }
  });
});

describe('workspaces among each other', () => {
  it('ISO-05 reach none of 20 ordered pairs, by address, name and broadcast', async () => {
    const listen = "import net from 'node:net'; import dgram from 'node:dgram'; net.createServer((s) => s.on('error', () => {}).end('here')).listen(7000, '0.0.0.0'); const u = dgram.createSocket('udp4'); u.on('message', (m, from) => u.send(m, from.port, from.address)); u.bind(7000, () => u.setBroadcast(true));";
    for (const { id } of five) await engine.execDetached(id, { argv: ['node', '--input-type=module', '-e', listen] });
    const own = await Promise.all(five.map((workspace) => waitFor(async () => (await probe(workspace, ['tcp 127.0.0.1 7000', 'udp 127.0.0.1 7000'])).reached.length === 2)));
    expect(own).toEqual([true, true, true, true, true]);
    let pairs = 0;
    for (const from of five) {
      const others = five.filter((other) => other !== from);
      pairs += others.length;
      const addresses = others.flatMap((other) => [other.address, other.network.gateway ?? '', broadcastOf(other)]);
      const targets = [...addresses.flatMap((host) => [`tcp ${host} 7000`, `udp ${host} 7000`]), ...others.map(({ name }) => `tcp ${name} 7000`), ...others.map(({ id }) => `udp ${id.slice(0, 12)} 7000`)];
      expect((await probe(from, [...targets, 'udp 255.255.255.255 7000'])).reached).toEqual([]);
    }
    expect(pairs).toBe(20);
  });
});

describe('the firewall', () => {
  it('is put back when rules were deleted, changed places or have others before them', async () => {
    const chain = `ANYON-${bridgePrefix().slice(2)}`;
    const meddle: string[][] = [
      ['-D', 'INPUT', '-i', `${bridgePrefix()}+`, '-j', `${chain}-IN`],
      ['-F', `${chain}-FWD`],
      ['-D', `${chain}-IN`, '1'],
      ['-I', `${chain}-FWD`, '1', '-j', 'RETURN'],
      ['-I', 'INPUT', '1', '-i', 'anffff+', '-p', 'tcp', '-j', 'ACCEPT'],
    ];
    for (const args of meddle) {
      execFileSync('iptables', ['-w', ...args]);
      expect([args, (await checkFirewall()).ok]).toEqual([args, false]);
      expect(await ensureFirewall()).toEqual({ ok: true, problem: null });
    }
    execFileSync('iptables', ['-w', '-D', 'INPUT', '-i', 'anffff+', '-p', 'tcp', '-j', 'ACCEPT']);
  });

  it('is known without root by the note of who set it', async () => {
    const { host, port } = egressAddress();
    const plain = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const asSet = await openNamespaceFirewall(plain, { instance: product.instance, proxy: `${host}:${port}` });
    const forOthers = await openNamespaceFirewall(plain, { instance: product.instance, proxy: `${host}:1` });
    try {
      expect(await asSet.check()).toEqual({ ok: true, problem: null });
      expect(await asSet.ensure()).toEqual({ ok: true, problem: null });
      expect(await forOthers.check()).toMatchObject({ ok: false, problem: expect.stringMatching(/set for other settings.*npm run up/) as string });
      await removeFirewall();
      expect(await asSet.ensure()).toMatchObject({ ok: false, problem: expect.stringMatching(/not set since this machine started.*npm run up/) as string });
    } finally {
      await ensureFirewall();
      asSet.close();
      forOthers.close();
    }
  });

  it('is set by several at once without harm', async () => {
    await removeFirewall();
    expect(await Promise.all(Array.from({ length: 6 }, () => ensureFirewall()))).toEqual(Array.from({ length: 6 }, () => ({ ok: true, problem: null })));
  });

  it('changes nothing when all is well', async () => {
    const before = rulesOfThis(bridgePrefix().slice(2));
    expect(await ensureFirewall()).toEqual({ ok: true, problem: null });
    expect(rulesOfThis(bridgePrefix().slice(2))).toBe(before);
  });
});

describe('the proof at each start', () => {
  const prove = (workspace: WorkspaceContainer, using = engine, attendants?: Attendants) =>
    proveIsolation(using, { id: workspace.workspaceId } as Parameters<typeof proveIsolation>[1], workspace.id, new AbortController().signal, attendants);

  it('passes in every level, in a fraction of a second', async () => {
    const times: number[] = [];
    for (const workspace of [...five, ...five]) {
      const started = performance.now();
      await prove(workspace);
      times.push(performance.now() - started);
    }
    expect(Math.min(...times)).toBeLessThan(500); // the others tell how busy this machine is
  });

  it('repairs missing rules by itself and passes then', async () => {
    await removeFirewall();
    await prove(five[0] as WorkspaceContainer);
    expect(await checkFirewall()).toEqual({ ok: true, problem: null });
  });

  it('refuses a workspace that something lets through although the rules are there, and says where to look', async () => {
    const { host, port } = egressAddress();
    const hole = ['PREROUTING', '-i', five[0]?.network.bridge ?? '', '-d', five[0]?.network.gateway ?? '', '-p', 'tcp', '-j', 'DNAT', '--to-destination', `${host}:${port}`];
    execFileSync('iptables', ['-w', '-t', 'nat', '-I', ...hole]);
    try {
      expect(await checkFirewall()).toEqual({ ok: true, problem: null });
      await expect(prove(five[0] as WorkspaceContainer)).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/not isolated: it reaches services of this machine.*iptables -S/) as string });
    } finally {
      execFileSync('iptables', ['-w', '-t', 'nat', '-D', ...hole]);
    }
    await prove(five[0] as WorkspaceContainer);
  });

  it('is the same by the attendant of a container, which sees as much without a command of its own', async () => {
    const [one] = five as [WorkspaceContainer];
    const { host, port } = egressAddress();
    const hole = ['PREROUTING', '-i', one.network.bridge ?? '', '-d', one.network.gateway ?? '', '-p', 'tcp', '-j', 'DNAT', '--to-destination', `${host}:${port}`];
    const withoutExec: ContainerEngine = { ...engine, exec: async () => Promise.reject(new Error('a command was brought in')) };
    const attendants = new Attendants(engine);
    try {
      for (const workspace of five) await prove(workspace, withoutExec, attendants);
      execFileSync('iptables', ['-w', '-t', 'nat', '-I', ...hole]);
      try {
        await expect(prove(one, withoutExec, attendants)).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/not isolated: it reaches services of this machine/) as string });
      } finally {
        execFileSync('iptables', ['-w', '-t', 'nat', '-D', ...hole]);
      }
      await prove(one, withoutExec, attendants);
    } finally {
      attendants.dismiss();
    }
    await expect(prove(one, withoutExec)).rejects.toThrow('a command was brought in');
  });

  it('refuses a workspace whose network leads to another one’s identity', async () => {
    const [one, other] = five as [WorkspaceContainer, WorkspaceContainer];
    const mistaken = { id: other.workspaceId } as Parameters<typeof proveIsolation>[1];
    await expect(proveIsolation(engine, mistaken, one.id, new AbortController().signal)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/does not know it by its address/) as string });
  });
});

it('a level that was changed is another network at the next start', async () => {
  const owner = await product.addUser('second');
  const workspace = await openWorkspaceContainer(engine, owner, { level: 'open', hosts: [] });
  expect(workspace.network.bridge).toMatch(/^an[0-9a-f]{4}o[0-9a-f]{8}$/);
  await engine.removeContainer(workspace.id);
  const replaced = await engine.ensureNetwork(workspaceNetworkSpec({ id: workspace.workspaceId, egressLevel: 'none' }));
  expect(replaced).toMatchObject({ name: networkName(workspace.workspaceId), bridge: workspace.network.bridge?.replace('o', 'r') });
  expect(await engine.listNetworks({ 'anyon.workspace': workspace.workspaceId })).toHaveLength(1);
});

/** The lines of the filter table with this text in them. */
function rulesOfThis(text: string): string {
  return execFileSync('iptables', ['-w', '-S'], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(text)).join('\n');
}

function broadcastOf({ network }: WorkspaceContainer): string {
  return (network.subnet ?? '').replace(/(\d+)\/28$/, (_, last: string) => String(Number(last) + 15));
}

async function waitFor(condition: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) if (await condition()) return true;
  return false;
}
