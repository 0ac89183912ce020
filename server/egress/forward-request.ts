import http from 'node:http';
import type { Destination } from '@/server/outbound/destination';
import type { Passage } from '@/server/egress/passage';
import { IDLE_MS } from '@/server/egress/tunnel';
import { log } from '@/server/log';

/** Headers that concern one connection only (RFC 9110, section 7.6.1), those for proxies, and what is set anew. */
const ownToConnection = new Set(['connection', 'proxy-connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authorization', 'proxy-authenticate', 'proxy-authentication-info', 'host', 'expect']);

/**
 * Sends a plain HTTP request on and its answer back, both piece by piece. The request is written anew from its parts, so that
 * two readers can never see two different requests in the same bytes. `answerFailure` is called when the other side gives no answer.
 */
export function forwardRequest(request: http.IncomingMessage, response: http.ServerResponse, target: { destination: Destination; path: string }, passage: Passage, answerFailure: (reason: string) => void): void {
  const { upstream: socket } = passage;
  const { host, port } = target.destination;
  const authority = `${host.includes(':') ? `[${host}]` : host}${port === 80 ? '' : `:${port}`}`;
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  const upstream = http.request({
    method: request.method ?? 'GET',
    path: target.path,
    headers: ['Host', authority, ...endToEnd(request.rawHeaders), ...framing(request)],
    setHost: false,
    maxHeaderSize: 64 * 1024,
    createConnection: () => socket, // and so no agent: one request, one connection
  });
  upstream.on('response', (answer) => {
    try {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders));
    } catch (error) {
      log().debug({ err: error }, 'egress: an answer with headers that cannot be passed on');
      answer.destroy();
      answerFailure(`${host} answered with headers that are not valid.`);
      return;
    }
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else answerFailure(`${host} gave no answer: ${error.message}.`);
  });
  request.on('error', () => upstream.destroy());
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** Names and values in turn, without those that end at this proxy. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, index) => [rawHeaders[2 * index] ?? '', rawHeaders[2 * index + 1] ?? ''] as const);
  const named = pairs.filter(([name]) => name.toLowerCase() === 'connection').flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase()));
  return pairs.filter(([name]) => !ownToConnection.has(name.toLowerCase()) && !named.includes(name.toLowerCase())).flat();
}

/** A body of unknown length goes on in chunks, also with methods for which Node would send it without any framing. */
function framing(request: http.IncomingMessage): string[] {
  return request.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked'];
}
