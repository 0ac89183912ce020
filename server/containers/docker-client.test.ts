import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createDockerClient, type DockerClient } from '@/server/containers/docker-client';
import { findDockerAddress } from '@/server/containers/docker-address';
import { answerJson, openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';

const version = { method: 'GET', path: '/version', action: 'reach Docker' } as const;
const shape = z.object({ Version: z.string() });
let stub: StubDocker;

async function connect(handler: http.RequestListener): Promise<DockerClient> {
  stub = await openStubDocker(handler);
  return createDockerClient(findDockerAddress(stub.host));
}
afterEach(() => stub.close());

describe('an engine that is well', () => {
  it('answers', async () => {
    const client = await connect((_request, response) => answerJson(response, 200, { Version: '1', more: true }));
    expect(await client.ask(version, shape)).toEqual({ Version: '1' });
  });

  it('gets the query and the body of a request, each in its place', async () => {
    let body = '';
    const client = await connect((request, response) => {
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => answerJson(response, 201, {}));
    });
    await client.tell({ method: 'POST', path: '/containers/x/wait', query: { a: 'b c' }, body: { Name: 'x' }, action: 'try' });
    expect(stub.requests).toEqual(['POST /containers/x/wait?a=b%20c']);
    expect(JSON.parse(body)).toEqual({ Name: 'x' });
  });

  it('takes "already so" for a success', async () => {
    const client = await connect((_request, response) => response.writeHead(304).end());
    await client.tell({ method: 'POST', path: '/containers/x/start', action: 'start x' });
  });

  it('is asked over a new connection each time, so that a restart of it harms no later call', async () => {
    const ports = new Set<unknown>();
    const client = await connect((request, response) => {
      ports.add(request.socket);
      answerJson(response, 200, { Version: '1' });
    });
    await client.ask(version, shape);
    await client.ask(version, shape);
    expect(ports.size).toBe(2);
  });

  it('is reached over TCP as well', async () => {
    await connect((_request, response) => response.end());
    const server = http.createServer((_request, response) => answerJson(response, 200, { Version: 'tcp' })).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(await createDockerClient(findDockerAddress(`tcp://127.0.0.1:${port}`)).ask(version, shape)).toEqual({ Version: 'tcp' });
    server.close();
  });
});

describe('an engine that is not well', () => {
  it('is given up after the time limit when it accepts and never answers', async () => {
    const client = await connect(() => undefined);
    await expect(client.ask({ ...version, timeoutMs: 100 }, shape)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/did not answer within 0\.1 s/) as string });
  });

  it('is given up after the time limit when it stops in the middle of an answer', async () => {
    const client = await connect((_request, response) => response.writeHead(200).write('{"Ver'));
    await expect(client.ask({ ...version, timeoutMs: 100 }, shape)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is unavailable at once when it breaks off in the middle of an answer', async () => {
    const client = await connect((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"Ver', () => response.destroy());
    });
    await expect(client.ask({ ...version, timeoutMs: null }, shape)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/in the middle of an answer/) as string });
  });

  it('is unavailable at once when it closes without an answer', async () => {
    const client = await connect((request) => request.socket.destroy());
    await expect(client.ask({ ...version, timeoutMs: null }, shape)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it.each([
    ['not JSON', 'no', /not valid JSON/],
    ['another shape', '{"version":1}', /not as expected \(Version\)/],
    ['nothing', '', /not valid JSON/],
  ])('is unavailable when it answers with %s', async (_what, body, sentence) => {
    const client = await connect((_request, response) => response.writeHead(200).end(body));
    await expect(client.ask(version, shape)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(sentence) as string });
  });

  it.each([
    [500, '{"message":"server broke"}', 'internal', /answered 500 \(server broke\)/],
    [500, '<html>', 'internal', /answered 500/],
    [503, '', 'unavailable', /answered 503/],
    [404, '{"message":"No such container: x"}', 'not_found', /No such container: x/],
  ])('names its own words when it answers %i %s', async (status, body, kind, sentence) => {
    const client = await connect((_request, response) => response.writeHead(status).end(body));
    await expect(client.ask(version, shape)).rejects.toMatchObject({ kind, message: expect.stringMatching(sentence) as string });
  });

  it('is unavailable when what listens there is no HTTP server', async () => {
    await connect(() => undefined);
    const server = net.createServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await expect(createDockerClient(findDockerAddress(`tcp://127.0.0.1:${port}`)).ask(version, shape)).rejects.toMatchObject({ kind: 'unavailable' });
    server.close();
  });

  it('refuses an answer that does not end', async () => {
    const client = await connect((_request, response) => {
      const block = Buffer.alloc(1024 * 1024, ' ');
      const pump = () => {
        while (response.write(block)) continue;
      };
      response.on('drain', pump);
      pump();
    });
    await expect(client.ask(version, shape)).rejects.toThrow(/more than 32 MiB/);
  });
});

describe('a caller', () => {
  it('that aborts gets its own reason, and the connection is closed', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const client = await connect((request) => {
      closed = new Promise((resolve) => request.socket.once('close', resolve));
    });
    const controller = new AbortController();
    const reason = new Error('the page was left');
    setTimeout(() => controller.abort(reason), 50);
    await expect(client.ask({ ...version, signal: controller.signal }, shape)).rejects.toBe(reason);
    await closed;
  });

  it('that has aborted before asks nothing', async () => {
    const client = await connect((_request, response) => response.end());
    await expect(client.ask({ ...version, signal: AbortSignal.abort(new Error('before')) }, shape)).rejects.toThrow('before');
    expect(stub.requests).toEqual([]);
  });

  it('reads a stream at its own pace, without a time limit once it has begun', async () => {
    const client = await connect((_request, response) => {
      response.writeHead(200);
      response.flushHeaders();
      setTimeout(() => response.end('late'), 300);
    });
    const stream = await client.open({ ...version, timeoutMs: 150 });
    const chunks: Buffer[] = [];
    for await (const chunk of stream.chunks()) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('late');
  });

  it('that stops reading a stream closes it', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const client = await connect((request, response) => {
      closed = new Promise((resolve) => request.socket.once('close', resolve));
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const stream = await client.open(version);
    for await (const chunk of stream.chunks()) if (chunk.length > 0) break;
    await closed;
  });

  it('learns of a stream that breaks', async () => {
    const client = await connect((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some', () => setTimeout(() => response.destroy(), 20));
    });
    const stream = await client.open(version);
    const read = async () => {
      for await (const chunk of stream.chunks()) void chunk;
    };
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is refused what is not on the list before anything is sent', async () => {
    const client = await connect((_request, response) => response.end());
    await expect(client.tell({ method: 'POST', path: '/build', action: 'build' })).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(client.tell({ method: 'POST', path: '/containers/create', body: {}, action: 'create' })).rejects.toMatchObject({ kind: 'forbidden' });
    expect(stub.requests).toEqual([]);
  });
});
