import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { workspaces } from '@/db/schema';
import { createDockerEngine } from '@/server/containers/docker-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { createLookup } from '@/server/outbound/lookup-host';
import { addPrivateDestination, listPrivateDestinations, removePrivateDestination } from '@/server/egress/private-destinations';
import { listRefusals } from '@/server/egress/refusals';
import { egressAddress } from '@/server/egress/workspace-network';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { ALLOWED, NAME_SERVER, openOutsideWorld, OTHER, PRIVATE, type OutsideWorld } from '@/tests/setup/outside-world';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { openWorkspaceContainer, type WorkspaceContainer } from '@/tests/setup/workspace-container';

/** The only way out, from inside real containers, into a world with names, TLS and packets that are counted. Needs root. */
let product: TestProduct;
let engine: ContainerEngine;
let world: OutsideWorld;
let owner: Actor;
let admin: Actor;
let listed: WorkspaceContainer;
let none: WorkspaceContainer;
let open: WorkspaceContainer;

beforeAll(async () => {
  product = await startTestProduct({ lookup: createLookup([`${NAME_SERVER}:53`]) });
  engine = createDockerEngine();
  owner = await product.addUser('owner');
  admin = await product.addUser('admin', 'admin');
  const hosts = ['allowed.test', '*.allowed.test', 'private.test', 'both.test', 'rebind.test', 'loopback.test', 'metadata.test', 'mapped.test', 'machine.test'];
  listed = await openWorkspaceContainer(engine, owner, { level: 'allow-list', hosts });
  none = await openWorkspaceContainer(engine, owner, { level: 'none', hosts: [] }, `http://${ALLOWED}/repository.git`);
  open = await openWorkspaceContainer(engine, owner, { level: 'open', hosts: [] });
  const made = await listed.run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=allowed.test', '-keyout', '/workspace/world.key', '-out', '/workspace/world.crt');
  expect(made).toMatchObject({ code: 0 });
  world = await openOutsideWorld(path.join(workspaceFilesDir(listed.workspaceId), 'world'));
});
afterAll(async () => {
  await world?.close();
  await product?.close();
});

/** What curl made of it: status of the answer (000: none), status of CONNECT, its own exit code and words. */
async function curl(from: WorkspaceContainer, ...args: string[]) {
  const { code, stdout, stderr } = await from.run('curl', '--silent', '--show-error', '--insecure', '--max-time', '8', '--write-out', '\n%{http_code} %{http_connect}', ...args);
  const [status, connect] = (stdout.split('\n').at(-1) ?? '').split(' ');
  return { code, status, connect, text: stdout.slice(0, stdout.lastIndexOf('\n')), words: stderr };
}

/** Packets that come to what may never be reached, while `work` is done. */
async function packetsDuring(addresses: readonly string[], work: () => Promise<unknown>): Promise<number[]> {
  const before = await Promise.all(addresses.map((address) => world.packets(address)));
  await work();
  return (await Promise.all(addresses.map((address) => world.packets(address)))).map((count, index) => count - (before[index] ?? 0));
}

const direct = ['--noproxy', '*'];

describe('ISO-07 the way out of a workspace with an allow-list', () => {
  it('lets the allowed host through, by TLS and by plain HTTP, and hosts below it', async () => {
    expect(await curl(listed, 'https://allowed.test/')).toMatchObject({ code: 0, status: '200', connect: '200', text: 'here, 0 bytes came' });
    expect(await curl(listed, 'http://allowed.test/')).toMatchObject({ code: 0, status: '200' });
    expect(await curl(listed, 'https://www.allowed.test/')).toMatchObject({ code: 0, status: '200' });
  });

  it.each<[string, string[]]>([
    ['another host', ['https://other.test/']],
    ['another host by plain HTTP', ['http://other.test/']],
    ['the allowed host by its address', [`https://${ALLOWED}/`]],
    ['another host by its address', [`https://${OTHER}/`]],
    ['a private address', [`http://${PRIVATE}/`]],
    ['an allowed name that leads to a private address', ['https://private.test/']],
    ['an allowed name that leads there, by plain HTTP', ['http://private.test/']],
    ['an allowed name that leads to an IPv4 address in IPv6 clothes', ['http://mapped.test/']],
    ['an allowed name that leads to the machine’s loopback', ['http://loopback.test/']],
    ['an allowed name that leads to metadata', ['http://metadata.test/']],
    ['an allowed name that leads to the machine itself', ['http://machine.test/']],
    ['port 22 of the allowed host', ['--proxytunnel', 'http://allowed.test:22/']],
    ['another port of the allowed host', ['https://allowed.test:8443/']],
    ['metadata', ['http://169.254.169.254/latest/meta-data/']],
    ['the machine’s loopback', ['http://127.0.0.1/', '--noproxy', '']],
  ])('refuses %s', async (_what, args) => {
    const packets = await packetsDuring([OTHER, PRIVATE], async () => {
      const { status, connect, code } = await curl(listed, ...args);
      expect({ code, refused: [status, connect].includes('403') }).toEqual({ code: status === '403' ? 0 : 56, refused: true });
    });
    expect(packets).toEqual([0, 0]);
  });

  it.each(['2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '127.1', '127.0.0.1.', '[::ffff:127.0.0.1]', '[::1]', '[::ffff:a58:702]', '0', 'LOCALHOST', '169.254.43518'])('refuses the spelling %s of an address', async (host) => {
    const { node } = listed;
    const script = `
      import net from 'node:net';
      const { hostname, port } = new URL(process.env.HTTP_PROXY);
      const ask = (text) => new Promise((resolve) => { const socket = net.connect(Number(port), hostname, () => socket.write(text)); let answer = ''; socket.on('data', (part) => { answer += part; }).on('close', () => resolve(answer.split('\\r\\n')[0])).on('error', () => {}); });
      const host = process.argv.slice(-1)[0];
      process.stdout.write(JSON.stringify([await ask('CONNECT ' + host + ':443 HTTP/1.1\\r\\nHost: ' + host + '\\r\\n\\r\\n'), await ask('GET http://' + host + '/ HTTP/1.1\\r\\nHost: ' + host + '\\r\\nConnection: close\\r\\n\\r\\n')]));`;
    for (const line of await node<string[]>(script, host)) expect(line).toMatch(/^HTTP\/1\.1 (400|403) /);
  });

  it('connects to the address that it judged, also when the name leads elsewhere a moment later', async () => {
    const packets = await packetsDuring([PRIVATE], async () => {
      expect(await curl(listed, 'http://rebind.test/')).toMatchObject({ status: '200' });
      for (let round = 0; round < 3; round += 1) expect(await curl(listed, 'http://rebind.test/')).toMatchObject({ status: '403' });
      for (let round = 0; round < 3; round += 1) expect(await curl(listed, 'http://both.test/')).toMatchObject({ status: '200' });
    });
    expect(packets).toEqual([0]);
  });

  it.each([['other.test'], ['']])('ends a connection to the allowed host that asks for %j by TLS', async (servername) => {
    const { host, port } = egressAddress();
    const before = world.events.filter(({ kind, host: named }) => kind === 'connection' && named !== 'allowed.test').length;
    const name = servername ? ['-servername', servername] : ['-noservername'];
    const { code, stderr } = await listed.run('timeout', '8', 'openssl', 's_client', '-proxy', `${host}:${port}`, '-connect', 'allowed.test:443', ...name);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/alert access denied/);
    expect(world.events.filter(({ kind, host: named }) => kind === 'connection' && named !== 'allowed.test').length).toBe(before);
  });

  it('ends a tunnel to the allowed host that speaks something else than TLS', async () => {
    const before = world.events.length;
    for (const port of [80, 443]) expect((await curl(listed, '--proxytunnel', `http://allowed.test:${port}/`)).code).not.toBe(0);
    expect(world.events.slice(before).filter(({ kind }) => kind === 'connection')).toEqual([]);
  });

  it('refuses the host that an allowed one redirects to', async () => {
    const packets = await packetsDuring([OTHER], async () => {
      const { code, connect } = await curl(listed, '--location', 'https://allowed.test/redirect');
      expect({ code, connect }).toEqual({ code: 56, connect: '403' });
    });
    expect(packets).toEqual([0]);
  });

  it('is the only one: nothing goes past it, with NO_PROXY, by TCP, by UDP, or by asking another name server', async () => {
    const addresses = [ALLOWED, OTHER, PRIVATE, NAME_SERVER];
    const packets = await packetsDuring(addresses, async () => {
      for (const workspace of [listed, none]) {
        for (const address of [ALLOWED, OTHER, PRIVATE]) expect(await curl(workspace, ...direct, `https://${address}/`)).toMatchObject({ status: '000' });
        const script = `
          import dgram from 'node:dgram';
          import dns from 'node:dns';
          const udp = dgram.createSocket('udp4').on('error', () => {});
          for (const address of ${JSON.stringify(addresses)}) for (const port of [53, 443, 123]) udp.send('x', port, address, () => {});
          const resolver = new dns.promises.Resolver({ timeout: 300, tries: 1 });
          resolver.setServers(['${NAME_SERVER}']);
          await resolver.resolve4('allowed.test').catch(() => {});
          udp.close();
          process.stdout.write('true');`;
        expect(await workspace.node<boolean>(script)).toBe(true);
      }
    });
    expect(packets).toEqual([0, 0, 0, 0]);
  });

  it('looks up no name for a workspace that it may not reach: labels carry nothing out', async () => {
    const before = world.events.length;
    const started = performance.now();
    expect((await listed.run('getent', 'hosts', 'c2VjcmV0.tunnel.test')).code).not.toBe(0);
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(await curl(listed, 'https://c2VjcmV0.tunnel.test/')).toMatchObject({ connect: '403' });
    expect(await curl(listed, 'http://c2VjcmV0.tunnel.test/')).toMatchObject({ status: '403' });
    expect(world.events.slice(before).filter(({ what }) => what.includes('tunnel'))).toEqual([]);
  });
});

describe('ISO-07 the other levels', () => {
  it('"none" reaches its repository and the model, and nothing else', async () => {
    expect(await curl(none, `http://${ALLOWED}/repository.git`)).toMatchObject({ status: '200' });
    expect(await curl(none, process.env['ANYON_SIMULATOR_URL'] ?? '')).toMatchObject({ code: 0, status: expect.stringMatching(/^(200|404)$/) as string });
    for (const address of ['https://allowed.test/', 'http://allowed.test/', `https://${ALLOWED}/`, `http://${ALLOWED}:8443/`, 'https://api.github.com/']) {
      const { status, connect } = await curl(none, address);
      expect([address, [status, connect].includes('403')]).toEqual([address, true]);
    }
  });

  it('"open" reaches public addresses, with and without the proxy, and no private ones', async () => {
    expect(await curl(open, 'https://other.test/')).toMatchObject({ status: '200' });
    const [counted = 0] = await packetsDuring([OTHER], async () => expect(await curl(open, ...direct, `https://${OTHER}/`)).toMatchObject({ status: '200' }));
    expect(counted).toBeGreaterThan(5); // so the counter counts
    expect(await curl(open, '--proxytunnel', `http://${OTHER}:2222/`)).toMatchObject({ connect: '200' });
    const packets = await packetsDuring([PRIVATE], async () => {
      for (const args of [[`http://${PRIVATE}/`], ['http://private.test/'], ['http://loopback.test/'], ['http://machine.test/'], ['--proxytunnel', 'http://private.test:22/']]) {
        const { status, connect } = await curl(open, ...args);
        expect([args, [status, connect].includes('403')]).toEqual([args, true]);
      }
      expect(await curl(open, ...direct, `http://${PRIVATE}/`)).toMatchObject({ status: '000' });
      expect((await open.run('timeout', '4', 'node', '-e', `const r = new (require('dns').promises.Resolver)({ timeout: 300, tries: 1 }); r.setServers(['${NAME_SERVER}']); r.resolve4('allowed.test').then(() => process.exit(0), () => process.exit(7))`)).code).toBe(7);
    });
    expect(packets).toEqual([0]);
  });
});

describe('what admins open', () => {
  it('is reached in every level, at that port alone, and not any more when it was removed', async () => {
    const { id } = await addPrivateDestination(admin, { host: 'Private.test'.toLowerCase(), port: 80, note: 'the registry' });
    expect(await listPrivateDestinations()).toMatchObject([{ host: 'private.test', port: 80, note: 'the registry', addedBy: 'admin' }]);
    for (const workspace of [none, listed, open]) await until(async () => (await curl(workspace, 'http://private.test/')).status === '200');
    expect(await curl(none, '--proxytunnel', 'http://private.test:22/')).toMatchObject({ connect: '403' });
    await removePrivateDestination(id);
    await until(async () => (await curl(none, 'http://private.test/')).status === '403');
  });

  it.each(['169.254.169.254', '127.0.0.1', '0x7f.1', '224.0.0.1'])('cannot be %s', async (host) => {
    await expect(addPrivateDestination(admin, { host, port: 80 })).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('a change of what a workspace may reach', () => {
  it('counts at once for new connections and ends those that it forbids', async () => {
    const script = `
      import net from 'node:net';
      const { hostname, port } = new URL(process.env.HTTP_PROXY);
      const socket = net.connect(Number(port), hostname, () => socket.write('CONNECT other.test:443 HTTP/1.1\\r\\n\\r\\n'));
      socket.on('error', () => {}).on('close', () => process.exit(0)).resume();
      setTimeout(() => process.exit(9), 20000);`;
    const holding = open.run('node', '--input-type=module', '-e', script);
    await until(async () => (await curl(open, 'http://other.test/')).status === '200');
    const started = performance.now();
    await database().update(workspaces).set({ egressLevel: 'none' }).where(eq(workspaces.id, open.workspaceId));
    expect((await holding).code).toBe(0);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await curl(open, 'http://other.test/')).toMatchObject({ status: '403' });
    await database().update(workspaces).set({ egressLevel: 'open' }).where(eq(workspaces.id, open.workspaceId));
    await until(async () => (await curl(open, 'http://other.test/')).status === '200');
  });
});

describe('what was refused', () => {
  it('is counted and told with what would allow it', async () => {
    for (let round = 0; round < 3; round += 1) await curl(listed, 'https://other.test/');
    const { text } = await curl(listed, 'http://other.test/');
    expect(text).toMatch(/^Anyon's egress proxy: other\.test is not on the workspace's allow-list\. Add it in the workspace's settings\.$/m);
    const refusals = async () => listRefusals(await requireWorkspaceAccess(owner, listed.workspaceId));
    await until(async () => ((await refusals()).find(({ host, port }) => host === 'other.test' && port === 443)?.count ?? 0) >= 3);
    expect((await refusals()).find(({ host }) => host === 'private.test')?.reason).toMatch(/An administrator can open private\.test, port \d+, to workspaces/);
    expect((await refusals()).find(({ host, port }) => host === 'allowed.test' && port === 443)?.reason).toMatch(/asked for|is not TLS/);
  });

  it('fills no table without end', async () => {
    const script = `
      import net from 'node:net';
      const { hostname, port } = new URL(process.env.HTTP_PROXY);
      for (let at = 0; at < 600; at += 50) await Promise.all(Array.from({ length: 50 }, (_, index) => new Promise((resolve) => { const socket = net.connect(Number(port), hostname, () => socket.write('CONNECT x' + (at + index) + '.flood.test:443 HTTP/1.1\\r\\n\\r\\n')); socket.on('error', () => {}).on('close', resolve).resume(); })));
      process.stdout.write('true');`;
    await none.node<boolean>(script);
    const refusals = async () => listRefusals(await requireWorkspaceAccess(owner, none.workspaceId));
    await until(async () => (await refusals()).length === 200);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await refusals()).toHaveLength(200);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await condition()); ) if (Date.now() > deadline) throw new Error('Waited in vain.');
}
