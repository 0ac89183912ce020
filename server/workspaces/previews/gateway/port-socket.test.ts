import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PortSocket } from '@/server/workspaces/previews/gateway/port-socket';

let server: http.Server;
const dialled: net.Socket[] = [];

/** As the engine connects: later, and as a stream that is no socket of Node's. */
async function dial(): Promise<Duplex> {
  await new Promise((resolve) => setImmediate(resolve));
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  dialled.push(socket);
  await once(socket, 'connect');
  return socket;
}

beforeAll(async () => {
  server = http.createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

function agentOf(connect: () => Promise<Duplex>, timeout = 5_000): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2, timeout });
  agent.createConnection = () => new PortSocket(connect);
  return agent;
}

function ask(agent: http.Agent, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, method: 'POST', host: 'x' }, (response) => {
      let said = '';
      response.on('data', (part) => (said += String(part))).on('end', () => resolve(said)).on('error', reject);
    });
    request.on('error', reject).end(body);
  });
}

describe('a connection that is being made', () => {
  it('counts for the agent from the first moment, and is used again', async () => {
    const agent = agentOf(dial);
    dialled.length = 0;
    const bodies = Array.from({ length: 20 }, (_, index) => `body ${index}`);
    expect(await Promise.all(bodies.map((body) => ask(agent, body)))).toEqual(bodies);
    expect(dialled).toHaveLength(2);
    agent.destroy();
    await expect.poll(() => dialled.every((socket) => socket.destroyed)).toBe(true);
  });

  it('is let go after a silence', async () => {
    const agent = agentOf(dial, 50);
    dialled.length = 0;
    await ask(agent, 'x');
    await expect.poll(() => dialled.map((socket) => socket.destroyed)).toEqual([true]);
  });

  it('fails with what dialling failed with', async () => {
    const failing = agentOf(async () => {
      throw new Error('nobody there');
    });
    await expect(ask(failing, 'x')).rejects.toThrow('nobody there');
  });

  it('ends the other side when it is given up before it stands', async () => {
    dialled.length = 0;
    const socket = new PortSocket(dial);
    socket.destroy();
    await expect.poll(() => dialled.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it('gives all that came before an end', async () => {
    const closing = net.createServer((socket) => socket.end(Buffer.alloc(300_000, 1))).listen(0, '127.0.0.1');
    await once(closing, 'listening');
    const socket = new PortSocket(async () => net.connect((closing.address() as AddressInfo).port, '127.0.0.1'));
    let size = 0;
    for await (const part of socket) size += (part as Buffer).length;
    expect(size).toBe(300_000);
    closing.close();
  });
});
