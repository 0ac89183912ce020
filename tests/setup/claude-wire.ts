import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { addPrivateDestination } from '@/server/egress/private-destinations';
import { changeEnvironment } from '@/tests/setup/test-environment';
import type { TestProduct } from '@/tests/setup/test-product';

/** What is answered in Claude's place. */
export interface Refusal {
  /** `dropped`: the connection ends without an answer. */
  status: number | 'dropped';
  headers?: Record<string, string>;
}

export interface WireRequest {
  /** The key or token that came with it. */
  credential: string;
  body: string;
}

/** A listener before the simulator: it passes everything on, unless it is told to refuse. */
export interface ClaudeWire {
  url: string;
  /** Every call for a message, in order. */
  requests: WireRequest[];
  /** Asked of each call for a message; null lets it through. */
  refuse: (request: WireRequest) => Refusal | null;
  close: () => Promise<void>;
}

const errorTypes: Record<number, string> = { 401: 'authentication_error', 429: 'rate_limit_error' };

async function startClaudeWire(target: string, host: string): Promise<ClaudeWire> {
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The listener has no port.');
  const wire: ClaudeWire = {
    url: `http://${host}:${address.port}`,
    requests: [],
    refuse: () => null,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (request.method === 'POST' && request.url?.startsWith('/v1/messages') && !request.url.includes('count_tokens')) {
      const asked: WireRequest = { credential: String(request.headers['x-api-key'] ?? request.headers.authorization ?? '').replace(/^Bearer /, ''), body: body.toString() };
      wire.requests.push(asked);
      const refusal = wire.refuse(asked);
      if (refusal?.status === 'dropped') return void request.socket.destroy();
      if (refusal) {
        response.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers });
        return void response.end(JSON.stringify({ type: 'error', error: { type: errorTypes[refusal.status] ?? 'api_error', message: 'Refused on the wire.' } }));
      }
    }
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name))) as Record<string, string>;
    const passed = await fetch(`${target}${request.url}`, { method: request.method ?? 'GET', headers, ...(body.length > 0 && { body }) });
    response.writeHead(passed.status, Object.fromEntries([...passed.headers].filter(([name]) => !['content-encoding', 'content-length', 'transfer-encoding'].includes(name))));
    for await (const chunk of passed.body ?? []) response.write(chunk);
    response.end();
  }
  return wire;
}

/** As the service tells a subscription that its five-hour limit is reached, until `resetsAt`. */
export function limitReached(resetsAt: Date): Refusal {
  const reset = Math.floor(resetsAt.getTime() / 1_000);
  return {
    status: 429,
    headers: {
      'retry-after': String(Math.max(1, reset - Math.floor(Date.now() / 1_000))),
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': String(reset),
      'anthropic-ratelimit-unified-representative-claim': 'five_hour',
      'anthropic-ratelimit-unified-overage-status': 'rejected',
    },
  };
}

/** Puts a listener between the containers of this product and the simulator. */
export async function listenToClaude(product: TestProduct): Promise<ClaudeWire> {
  const wire = await startClaudeWire(process.env['ANYON_SIMULATOR_URL'] ?? '', product.gateway);
  changeEnvironment({ ANYON_SIMULATOR_URL: wire.url });
  const { hostname, port } = new URL(wire.url);
  await addPrivateDestination(await product.addUser('admin', 'admin'), { host: hostname, port: Number(port) });
  return wire;
}
