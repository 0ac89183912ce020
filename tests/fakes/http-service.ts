import http from 'node:http';

export interface Received {
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** What it says: by itself when nothing is scripted. `hang`: takes the request and never answers. */
export type Answer = { status: number; body?: string; headers?: Record<string, string> } | 'hang';

/** A local server that remembers what it was sent. Scripted answers come first, one for each request. */
export interface HttpService {
  server: http.Server;
  received: Received[];
  script: Answer[];
  /** Resolves when one more request has come in whole. */
  next(): Promise<Received>;
  close(): void;
}

export function startHttpService(judge: (request: Received) => Answer): HttpService {
  const waiting: ((request: Received) => void)[] = [];
  const service: HttpService = {
    received: [],
    script: [],
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => {
      service.server.close();
      service.server.closeAllConnections();
    },
    server: http.createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() };
        const answer = service.script.shift() ?? judge(received);
        service.received.push(received);
        for (const resolve of waiting.splice(0)) resolve(received);
        if (answer === 'hang') return;
        response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
      });
    }),
  };
  return service;
}
