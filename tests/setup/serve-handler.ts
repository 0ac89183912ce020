import { createServer, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Puts a handler of the product's on a bare HTTP server at PORT, for a checkout that has not been built, and tells whoever forked this process that it is ready. */
export function serveHandler(handle: (request: Request) => Promise<Response>): void {
  createServer((request, response) => {
    const leaving = new AbortController();
    response.on('close', () => leaving.abort());
    void handle(asRequest(request, leaving.signal)).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (!answer.body) return response.end();
      // A reader that leaves ends the stream; that is no failure of the server.
      return pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => undefined);
    });
  }).listen(Number(process.env['PORT']), 'localhost', () => process.send?.('ready'));
}

function asRequest(request: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/' } = request;
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]));
  const body = method === 'GET' ? null : Readable.toWeb(request);
  return new Request(`http://localhost:${process.env['PORT']}${url}`, { method, headers, signal, ...(body && { body, duplex: 'half' }) } as RequestInit);
}
