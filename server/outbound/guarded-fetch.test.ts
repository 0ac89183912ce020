import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { guardedFetch } from '@/server/outbound/guarded-fetch';
import { guardedConnect, type OutboundGuard } from '@/server/outbound/outbound-guard';

/** Listens on every address of this machine; whoever connects was let through. */
let connects = 0;
let canary: net.Server;
let port: number;
let redirects: http.Server;
let answers: http.Server;

const own = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []).find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';

async function listening(server: net.Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  canary = net.createServer((socket) => {
    connects += 1;
    socket.destroy();
  });
  port = await listening(canary, '::');
  redirects = http.createServer((request, response) => {
    if (request.url === '/hang') return;
    if (request.url === '/long') return response.end('x'.repeat(5000));
    response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end('elsewhere');
  });
  await listening(redirects, own);
  answers = http.createServer((_request, response) => response.end('inside'));
  await listening(answers, own);
});
afterEach(() => {
  expect(connects, 'connections at the canary').toBe(0);
});
afterAll(() => {
  for (const server of [canary, redirects, answers]) server.close();
  for (const server of [redirects, answers]) server.closeAllConnections();
});

/** A name server that gives one answer after the other, the last one again and again. */
function guardWith(answersOfNames: Record<string, string[][]> = {}, opened = false): OutboundGuard & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    lookup: async (host) => {
      asked.push(host);
      if (net.isIP(host) !== 0) return [host];
      const list = answersOfNames[host] ?? [];
      return (list.length > 1 ? list.shift() : list[0]) ?? ['127.0.0.1'];
    },
    isOpened: async () => opened,
  };
}

const hostile: [string, string][] = [
  ['loopback', '127.0.0.1'],
  ['loopback, short', '127.1'],
  ['loopback, three parts', '127.0.1'],
  ['the end of loopback', '127.255.255.254'],
  ['decimal', '2130706433'],
  ['octal', '0177.0.0.1'],
  ['octal in one number', '017700000001'],
  ['hexadecimal', '0x7f000001'],
  ['hexadecimal by parts', '0x7f.0x0.0x0.0x1'],
  ['mixed spellings', '0x7f.0.0.01'],
  ['leading zeros', '0000177.0.0.1'],
  ['full-width digits', '１２７.０.０.１'],
  ['circled digits', '①②⑦.⓪.⓪.①'],
  ['percent-encoded', '%31%32%37.0.0.1'],
  ['ideographic full stops', '127。0。0。1'],
  ['a dot at the end', '127.0.0.1.'],
  ['nowhere', '0.0.0.0'],
  ['zero', '0'],
  ['zero, hexadecimal', '0x0'],
  ['localhost', 'localhost'],
  ['localhost with a dot', 'localhost.'],
  ['localhost in capitals', 'LOCALHOST'],
  ['a name below localhost', 'anything.localhost'],
  ['IPv6 loopback', '[::1]'],
  ['IPv6 loopback, long', '[0:0:0:0:0:0:0:1]'],
  ['IPv6 nowhere', '[::]'],
  ['mapped', '[::ffff:127.0.0.1]'],
  ['mapped, hexadecimal', '[::ffff:7f00:1]'],
  ['mapped, long', '[0000:0000:0000:0000:0000:ffff:7f00:0001]'],
  ['compatible', '[::127.0.0.1]'],
  ['translated', '[64:ff9b::7f00:1]'],
  ['6to4', '[2002:7f00:1::]'],
  ['link-local', '169.254.1.1'],
  ['cloud metadata', '169.254.169.254'],
  ['cloud metadata in decimal', '2852039166'],
  ['cloud metadata by IPv6', '[fd00:ec2::254]'],
  ['IPv6 link-local', '[fe80::1]'],
  ['a unique local address', '[fd12:3456::1]'],
  ['ten', '10.0.0.1'],
  ['one hundred and ninety-two', '192.168.0.1'],
  ['the middle private range', '172.16.0.1'],
  ['carrier-grade', '100.64.0.1'],
  ['multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['this machine by its own address', own],
];

describe('WEB-14 outbound calls to addresses that a user has set', () => {
  it('would be seen by the canary', async () => {
    await once(net.connect({ host: '127.0.0.1', port }).on('error', () => {}), 'close');
    expect(connects).toBe(1);
    connects = 0;
  });

  it.each(hostile)('never reach %s (%s)', async (_name, host) => {
    for (const scheme of ['http', 'https']) {
      await expect(guardedFetch(`${scheme}://${host}:${port}/`, { timeoutMs: 2_000 }, guardWith())).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it.each<[string, string]>([
    ['credentials before an address', 'http://hooks.example@127.0.0.1:PORT/'],
    ['credentials with a password', 'http://hooks.example:443@127.0.0.1:PORT/'],
    ['credentials before a public name', 'http://user@public.test:PORT/'],
    ['a backslash', 'http://127.0.0.1:PORT\\@public.test/'],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', 'gopher://127.0.0.1:PORT/_x'],
    ['a script', 'javascript:1'],
    ['data', 'data:text/plain,x'],
    ['a socket', 'unix:///var/run/docker.sock'],
    ['nothing', ''],
    ['a path', '/etc/passwd'],
    ['line ends in the host', 'http://127.0.0.1\r\n:PORT/'],
  ])('refuses %s', async (_name, url) => {
    await expect(guardedFetch(url.replace('PORT', String(port)), { timeoutMs: 2_000 }, guardWith({ 'public.test': [['127.0.0.1']] }))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each<[string, string[]]>([
    ['loopback', ['127.0.0.1']],
    ['IPv6 loopback', ['::1']],
    ['mapped loopback', ['::ffff:127.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['a private address', ['10.1.2.3']],
    ['this machine', [own]],
    ['several, none of them public', ['10.1.2.3', '::1', '0.0.0.0']],
  ])('refuse a name that leads to %s', async (_name, addresses) => {
    await expect(guardedFetch(`http://named.test:${port}/`, { timeoutMs: 2_000 }, guardWith({ 'named.test': [addresses] }))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('connect to the very address that was judged: a name server that answers otherwise the second time changes nothing', async () => {
    const guard = guardWith({ 'rebind.test': [['203.0.113.77'], ['127.0.0.1']] });
    await expect(guardedFetch(`http://rebind.test:${port}/`, { timeoutMs: 500 }, guard)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(guard.asked).toEqual(['rebind.test']);
    await expect(guardedFetch(`http://rebind.test:${port}/`, { timeoutMs: 500 }, guard)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('follow no redirect', async () => {
    const { port: at } = redirects.address() as AddressInfo;
    expect(await guardedFetch(`http://${own}:${at}/`, {}, guardWith({}, true))).toMatchObject({ status: 302, text: 'elsewhere' });
  });

  it('reach a private address that was opened, but loopback and metadata never', async () => {
    const { port: at } = answers.address() as AddressInfo;
    expect(await guardedFetch(`http://${own}:${at}/`, { method: 'POST', body: '{}' }, guardWith({}, true))).toMatchObject({ status: 200, text: 'inside' });
    for (const host of ['127.0.0.1', '[::1]', '169.254.169.254', 'localhost']) {
      await expect(guardedFetch(`http://${host}:${port}/`, { timeoutMs: 2_000 }, guardWith({}, true))).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it('wait no longer and read no more than they may', async () => {
    const { port: at } = redirects.address() as AddressInfo;
    await expect(guardedFetch(`http://${own}:${at}/hang`, { timeoutMs: 300 }, guardWith({}, true))).rejects.toMatchObject({ kind: 'unavailable', message: `${own} cannot be reached at port ${at}: no answer within 0.3 s.` });
    await expect(guardedFetch(`http://${own}:${at}/long`, { maxBytes: 4999 }, guardWith({}, true))).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await guardedFetch(`http://${own}:${at}/long`, { maxBytes: 5000 }, guardWith({}, true))).text).toHaveLength(5000);
  });

  it('of other protocols are guarded alike; only a mail relay may be on this machine’s own loopback', async () => {
    const signal = AbortSignal.timeout(2_000);
    await expect(guardedConnect({ destination: { host: '127.0.0.1', port }, signal }, guardWith())).rejects.toMatchObject({ kind: 'invalid' });
    await expect(guardedConnect({ destination: { host: own, port }, signal, mayBeLoopback: true }, guardWith())).rejects.toMatchObject(own === '127.0.0.1' ? {} : { kind: 'invalid' });
    const relay = net.createServer((socket) => socket.end());
    const at = await listening(relay, '127.0.0.1');
    (await guardedConnect({ destination: { host: 'localhost', port: at }, signal, mayBeLoopback: true }, guardWith())).destroy();
    relay.close();
  });
});
