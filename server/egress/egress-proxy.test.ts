import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EgressLevel } from '@/contract/egress';
import { createEgressProxy, type EgressProxy } from '@/server/egress/egress-proxy';
import { Passages, type Policies } from '@/server/egress/passage';
import { AnyonError } from '@/server/errors';

/** An address of this machine that is not its loopback; as a private destination it may be reached. */
const own = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []).find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '';

let level: EgressLevel;
let known: boolean;
let policies: Policies;
let refused: string[];
let proxy: EgressProxy;
let proxyPort: number;
let upstream: net.Server;
let upstreamPort: number;
let others: net.Socket[];
/** Bytes that came to the other side, one entry per connection. */
let came: string[];
/** What the other side does with a connection after its first bytes. */
let answer: (socket: net.Socket) => void;

beforeEach(async () => {
  level = 'none';
  known = true;
  refused = [];
  came = [];
  others = [];
  answer = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: today\r\n\r\nhi');
  upstream = net.createServer({ allowHalfOpen: true }, (socket) => {
    const index = came.push('') - 1;
    others.push(socket);
    socket.on('error', () => {}).once('data', () => setImmediate(() => answer(socket)));
    socket.on('data', (part) => (came[index] += part.toString('latin1')));
  });
  upstreamPort = await listen(upstream, own);
  const workspace = () => (known ? { workspaceId: 'w1', level, hosts: ['listed.test'], repositories: [], accounts: [] } : null);
  policies = { common: { model: [], privateDestinations: [{ host: own, port: upstreamPort }, { host: 'named.test', port: upstreamPort }] }, find: workspace, findOrAsk: async () => workspace(), onChange: () => {} };
  const lookup = async (host: string) => {
    if (host === 'absent.test') throw new AnyonError('not_found', 'The name absent.test does not exist. Check its spelling.');
    return [net.isIP(host) ? host : own];
  };
  proxy = createEgressProxy({ policies, lookup, onRefusal: (_id, { host, port }, reason) => refused.push(`${host}:${port} ${reason}`) });
  proxyPort = await listen(proxy.server, '127.0.0.1');
});
afterEach(async () => {
  const closed = Promise.all([once(proxy.server, 'close'), once(upstream, 'close')]);
  proxy.close();
  upstream.close();
  for (const socket of others) socket.destroy();
  await closed;
});

async function listen(server: net.Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

/** Sends these bytes and returns all that comes back until the connection ends. */
async function raw(text: string): Promise<string> {
  const socket = net.connect({ port: proxyPort, host: '127.0.0.1', allowHalfOpen: true });
  let back = '';
  socket.on('data', (part) => (back += part.toString('latin1'))).on('error', () => {});
  socket.write(text, 'latin1');
  await once(socket, 'end').catch(() => {});
  socket.destroy();
  return back;
}

const target = () => `${own}:${upstreamPort}`;
const get = (headers: string[] = [], line = `GET http://${target()}/a?b=c HTTP/1.1`) => [line, 'Host: elsewhere.test', 'Connection: close', ...headers, '', ''].join('\r\n');
const headersThatCame = () => (came[0] ?? '').split('\r\n\r\n')[0]?.split('\r\n') ?? [];

describe('plain HTTP', () => {
  it('goes on with the host that it is for, whatever the request claims', async () => {
    expect(await raw(get(['X-One: 1', 'x-one: 2']))).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\nDate: today\r\nConnection: close\r\n\r\nhi$/);
    expect(headersThatCame()).toEqual(['GET /a?b=c HTTP/1.1', `Host: ${target()}`, 'X-One: 1', 'x-one: 2', 'Connection: close']);
  });

  it('takes off what is meant for this connection or this proxy', async () => {
    await raw(['GET http://' + target() + '/ HTTP/1.1', 'Host: x', 'Connection: close, X-Hop', 'X-Hop: 1', 'Keep-Alive: 5', 'TE: trailers', 'Proxy-Authorization: Basic eDp5', 'Proxy-Connection: keep-alive', 'Upgrade: websocket', 'Expect: 100-continue', 'Authorization: mine', '', ''].join('\r\n'));
    expect(headersThatCame()).toEqual(['GET / HTTP/1.1', `Host: ${target()}`, 'Authorization: mine', 'Connection: close']);
  });

  it.each(['GET', 'POST', 'DELETE'])('keeps the framing of a %s body in chunks', async (method) => {
    await raw(get(['Transfer-Encoding: chunked'], `${method} http://${target()}/ HTTP/1.1`) + '3\r\nabc\r\n0\r\n\r\n');
    expect(headersThatCame()).toContain('Transfer-Encoding: chunked');
    expect(came[0]).toMatch(/\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/);
  });

  it.each([
    ['two lengths', ['Content-Length: 3', 'Content-Length: 4']],
    ['a length and chunks', ['Content-Length: 3', 'Transfer-Encoding: chunked']],
    ['chunks that are not last', ['Transfer-Encoding: chunked, identity']],
    ['a header that goes on in the next line', ['X-One: 1', ' 2']],
    ['a space in the name of a header', ['X One: 1']],
    ['a bare line feed', ['X-One: 1\nX-Two: 2']],
  ])('refuses a request that two readers could see differently: %s', async (_what, headers) => {
    expect(await raw(get(headers) + 'abc')).toMatch(/^HTTP\/1\.1 400 /);
    expect(came.join('')).not.toContain('X-Two');
    expect(came.length).toBeLessThanOrEqual(0);
  });

  it.each(['GET https://a.test/ HTTP/1.1', 'GET ftp://a.test/ HTTP/1.1', 'GET http://user@a.test/ HTTP/1.1', 'GET http:///x HTTP/1.1', 'GET http://a.test:0/ HTTP/1.1', 'GET http://a%2etest/ HTTP/1.1', 'GET * HTTP/1.1'])('refuses %s', async (line) => {
    expect(await raw(get([], line))).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('tells when the other side gives no proper answer', async () => {
    answer = (socket) => socket.destroy();
    expect(await raw(get())).toMatch(/^HTTP\/1\.1 502 [^]*gave no answer/);
    answer = (socket) => socket.end('nonsense\r\n\r\n');
    expect(await raw(get())).toMatch(/^HTTP\/1\.1 502 /);
    answer = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi');
    expect(await raw(get())).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('passes on every header of the answer, also those that come twice', async () => {
    answer = (socket) => socket.end('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n');
    expect(await raw(get())).toBe('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });

  it('breaks off where the other side broke off, so that nobody takes half for the whole', async () => {
    answer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      setTimeout(() => socket.destroy(), 50);
    };
    const request = http.get({ host: '127.0.0.1', port: proxyPort, path: `http://${target()}/`, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await expect(response.resume().toArray()).rejects.toThrow(/aborted|ECONNRESET/);
  });

  it('tells names that do not exist from what it refuses', async () => {
    policies = Object.assign(policies, { common: { model: [{ host: 'absent.test', port: 80 }], privateDestinations: [] } });
    expect(await raw(get([], 'GET http://absent.test/ HTTP/1.1'))).toMatch(/^HTTP\/1\.1 502 [^]*does not exist/);
    expect(refused).toEqual([]);
    expect(await raw(get([], 'GET http://other.test/ HTTP/1.1'))).toMatch(/^HTTP\/1\.1 403 [^]*Anyon's egress proxy: /);
    expect(refused).toHaveLength(1);
  });

  it('tells whom it takes the asking side for, and refuses whom it does not know', async () => {
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/\{"anyon":"egress","workspaceId":"w1"\}$/);
    known = false;
    expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/\{"anyon":"egress","workspaceId":null\}$/);
    expect(await raw(get())).toMatch(/^HTTP\/1\.1 403 [^]*belongs to no workspace/);
    expect(came).toEqual([]);
  });

  it('refuses everything until it was read what is allowed', async () => {
    Object.assign(policies, { common: null });
    expect(await raw(get())).toMatch(/^HTTP\/1\.1 502 [^]*not known yet/);
    expect(came).toEqual([]);
  });
});

describe('a tunnel', () => {
  it('carries both directions, and each may end by itself', async () => {
    answer = (socket) => socket.on('end', () => socket.end(`seen ${came[0]?.length}`));
    const socket = net.connect({ port: proxyPort, host: '127.0.0.1', allowHalfOpen: true });
    let back = '';
    socket.on('data', (part) => (back += part.toString()));
    socket.write(`CONNECT ${target()} HTTP/1.1\r\n\r\nfirst`);
    await once(socket, 'data');
    socket.end(' second');
    await once(socket, 'end');
    expect(back).toBe('HTTP/1.1 200 Connection established\r\n\r\nseen 12');
    expect(came).toEqual(['first second']);
  });

  it('holds the sender back when nobody reads', async () => {
    let sent = 0;
    answer = (socket) => {
      const chunk = Buffer.alloc(256 * 1024);
      const more = () => {
        while (sent < 512 * 1024 ** 2 && socket.write(chunk)) sent += chunk.length;
      };
      socket.on('drain', more);
      more();
    };
    const socket = net.connect(proxyPort, '127.0.0.1', () => socket.write(`CONNECT ${target()} HTTP/1.1\r\n\r\nx`));
    await once(socket, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 700));
    const atRest = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sent).toBe(atRest);
    expect(sent).toBeLessThan(64 * 1024 ** 2);
    socket.destroy();
  });

  it('ends when a change of the policy forbids it', async () => {
    const socket = net.connect(proxyPort, '127.0.0.1', () => socket.write(`CONNECT ${target()} HTTP/1.1\r\n\r\n`));
    await once(socket, 'data');
    policies.onChange();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(socket.destroyed).toBe(false);
    Object.assign(policies, { common: { model: [], privateDestinations: [] } });
    policies.onChange();
    await once(socket, 'close');
  });

  it('survives a reset of the other side before anything was passed on', async () => {
    const passages = new Passages({ policies, lookup: async () => [own], onRefusal: () => {} });
    upstream.once('connection', (socket: net.Socket) => setTimeout(() => socket.resetAndDestroy(), 20));
    const { upstream: socket } = await passages.open('10.0.0.1', { host: own, port: upstreamPort }, new AbortController().signal);
    await new Promise((resolve) => socket.once('close', resolve));
  });

  it('ends with the proxy', async () => {
    const socket = net.connect(proxyPort, '127.0.0.1', () => socket.write(`CONNECT ${target()} HTTP/1.1\r\n\r\n`));
    await once(socket, 'data');
    proxy.close();
    await once(socket, 'close');
    proxy.server.listen(0, '127.0.0.1'); // closed again after the test
    await once(proxy.server, 'listening');
  });

  it.each(['CONNECT  HTTP/1.1', 'CONNECT a.test HTTP/1.1', 'CONNECT a.test:99999 HTTP/1.1', 'CONNECT http://a.test:443 HTTP/1.1'])('refuses %s', async (line) => {
    expect(await raw(`${line}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

it('lets one address take no more than its share of connections, and tells the rest why', async () => {
  const sockets = Array.from({ length: 256 }, () => net.connect(proxyPort, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 503 [^]*256 connections open already/);
  expect(await raw(`CONNECT ${target()} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 503 /);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
});

it('goes on whatever nonsense comes, and lets none of it out', async () => {
  let seed = 11;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const pieces = ['CONNECT ', 'GET ', 'POST ', 'http://', target(), 'named.test', ':', '443', ' HTTP/1.1', ' HTTP/9.9', '\r\n', '\n', '\r', '\0', 'Host: x', 'Content-Length: ', '-1', '99999999999999999999', 'Transfer-Encoding: chunked', 'Connection: upgrade, ', 'Upgrade: websocket', '[::1]', '%00', '..', '@', '#', '\u00ff'.repeat(50), '\x16\x03\x01\x02\x00\x01', 'a'.repeat(40_000)];
  for (let round = 0; round < 300; round += 1) {
    const text = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('');
    await new Promise<void>((resolve) => {
      const socket = net.connect(proxyPort, '127.0.0.1', () => (random(2) ? socket.end(text, 'latin1') : socket.write(text, 'latin1')));
      const timer = setTimeout(() => socket.destroy(), 15);
      socket.resume().on('error', () => {}).on('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  expect(await raw('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
});
