import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

/** A server on a Unix socket in Docker's place, for answers that a real engine gives only on a bad day. */
export interface StubDocker {
  host: string;
  /** `METHOD path?query` of every request so far. */
  requests: string[];
  close(): Promise<void>;
}

export async function openStubDocker(handler: http.RequestListener): Promise<StubDocker> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'anyon-stub-'));
  const socketPath = path.join(folder, 'docker.sock');
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    host: `unix://${socketPath}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers with JSON, as Docker does. */
export function answerJson(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
