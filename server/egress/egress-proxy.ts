import http from 'node:http';
import type net from 'node:net';
import type { ErrorKind } from '@/contract/error-kind';
import { Crowd } from '@/server/egress/crowd';
import { parseDestination, type Destination } from '@/server/outbound/destination';
import { forwardRequest } from '@/server/egress/forward-request';
import { Passages, type PassageOptions, type Policies } from '@/server/egress/passage';
import { IDLE_MS, joinTunnel } from '@/server/egress/tunnel';
import { describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';

const MOST_CONNECTIONS = 4_096;

/** How every refusal and failure begins; by it the product tells a refusal of its own from one of the other side. */
export const EGRESS_WORDS = "Anyon's egress proxy:";

const statusOf: Partial<Record<ErrorKind, Answer['status']>> = { forbidden: 403, limit_reached: 503 };

interface Parts {
  policies: Policies;
  passages: Passages;
  crowd: Crowd;
}

export interface EgressProxy {
  server: http.Server;
  /** Takes no more connections and cuts those there are. */
  close: () => void;
}

interface Answer {
  status: 400 | 403 | 502 | 503;
  reason: string;
}

/**
 * The proxy that is the only way out of a workspace: CONNECT and plain HTTP. Who asks is known by the address of the
 * connection alone; what a request claims about that counts for nothing. `GET /` tells the asking side which workspace it is taken for.
 */
export function createEgressProxy(options: PassageOptions): EgressProxy {
  const parts: Parts = { policies: options.policies, passages: new Passages(options), crowd: new Crowd() };
  const server = http.createServer({ maxHeaderSize: 32 * 1024, headersTimeout: 30_000, requestTimeout: 0, keepAliveTimeout: 30_000, noDelay: true });
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = IDLE_MS;
  server.on('connection', (socket: net.Socket) => parts.crowd.take(socket));
  server.on('request', (request, response) => {
    response.sendDate = false; // the other side's own date passes
    serveRequest(parts, request, response).catch((error: unknown) => answerRequest(response, answerFor(error)));
  });
  server.on('connect', (request, socket, head) => {
    const client = socket as net.Socket;
    client.on('error', () => client.destroy());
    serveTunnel(parts, request, client, head).catch((error: unknown) => answerSocket(client, answerFor(error)));
  });
  server.on('clientError', (_error, socket) => answerSocket(socket as net.Socket, { status: 400, reason: 'This is not a request that a proxy understands.' }));
  // Out of file descriptors and the like: the connection is lost, the server goes on.
  server.on('error', (error) => log().warn({ err: error }, 'egress: a connection could not be taken'));
  const close = () => {
    server.close();
    parts.passages.cutAll();
    server.closeAllConnections();
  };
  return { server, close };
}

async function serveTunnel({ passages, crowd }: Parts, request: http.IncomingMessage, client: net.Socket, head: Buffer): Promise<void> {
  crowd.assertRoom(client);
  const destination = parseDestination(request.url ?? '');
  if (!destination) return answerSocket(client, { status: 400, reason: `"${(request.url ?? '').slice(0, 100)}" names no host and port.` });
  const passage = await passages.open(sourceOf(request), destination, untilClosed(client));
  if (client.destroyed) return void passage.upstream.destroy();
  if (head.length > 0) client.unshift(head);
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  await joinTunnel(client, destination, passage);
}

async function serveRequest({ policies, passages, crowd }: Parts, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  crowd.assertRoom(request.socket);
  const target = parseTarget(request.url ?? '');
  if (target === 'itself') return answerItself(policies, request, response);
  if (!target) return answerRequest(response, { status: 400, reason: 'Only http:// addresses are passed on this way; for https:// use CONNECT.' });
  const passage = await passages.open(sourceOf(request), target.destination, untilClosed(response));
  forwardRequest(request, response, target, passage, (reason) => answerRequest(response, { status: 502, reason }));
}

/** `http://host:port/path` in its parts; the path goes on as it was written. */
function parseTarget(url: string): { destination: Destination; path: string } | 'itself' | null {
  if (url.startsWith('/')) return 'itself';
  const match = /^http:\/\/([^/?#]+)([/?][^#]*)?$/i.exec(url);
  const destination = match && parseDestination(match[1] ?? '', 80);
  if (!destination) return null;
  const path = match[2] ?? '/';
  return { destination, path: path.startsWith('/') ? path : `/${path}` };
}

async function answerItself(policies: Policies, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const workspace = await policies.findOrAsk(sourceOf(request));
  const body = JSON.stringify({ anyon: 'egress', workspaceId: workspace?.workspaceId ?? null });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' }).end(body);
}

function sourceOf(request: http.IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function untilClosed(side: net.Socket | http.ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (side.destroyed) gone.abort();
  side.once('close', () => gone.abort());
  return gone.signal;
}

function answerFor(error: unknown): Answer {
  if (isAnyonError(error)) return { status: statusOf[error.kind] ?? 502, reason: error.message };
  if (error instanceof Error && error.name === 'AbortError') return { status: 502, reason: 'The asking side has gone.' };
  log().warn({ err: error }, 'egress: a request failed');
  return { status: 502, reason: `The connection failed: ${describeError(error)}.` };
}

function answerRequest(response: http.ServerResponse, { status, reason }: Answer): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = `${EGRESS_WORDS} ${reason}\n`;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body), connection: 'close' }).end(body);
}

function answerSocket(socket: net.Socket, { status, reason }: Answer): void {
  if (!socket.writable) return void socket.destroy();
  const body = `${EGRESS_WORDS} ${reason}\n`;
  const head = [`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`, 'content-type: text/plain; charset=utf-8', `content-length: ${Buffer.byteLength(body)}`, 'connection: close', '', ''];
  socket.on('error', () => socket.destroy());
  socket.end(head.join('\r\n') + body, () => socket.destroySoon());
}
