import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

/**
 * What the engine's answer becomes. `lost`: the engine acts, the answer never arrives. `late`: it arrives after `ms`.
 * `hang`: nothing reaches the engine and nothing comes back. A status: the engine is not asked. `garbage`: a body that is
 * not JSON. `cut`: half of the real answer.
 */
export type FaultKind = 'lost' | 'hang' | 'garbage' | 'cut' | { status: number } | { late: number };

export interface Fault {
  method: string;
  /** Matched against the path without query and version. */
  path: RegExp;
  kind: FaultKind;
  /** Which of the matching requests, counted from 1; absent: the first. */
  nth?: number;
  /** How many in a row from there; default 1. */
  times?: number;
}

export interface DockerFaultProxy {
  /** For DOCKER_HOST. */
  address: string;
  /** Replaces what goes wrong from now on; counting begins anew. */
  arm(...faults: Fault[]): void;
  /** How many requests a fault has hit since it was armed. */
  struck(): number;
  /** Every request so far, as `METHOD /path`. */
  requests: string[];
  close(): Promise<void>;
}

/** A Unix socket that passes requests on to the machine's engine, but for those that were armed to go wrong. */
export async function startDockerFaultProxy(): Promise<DockerFaultProxy> {
  const enginePath = new URL(process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock').pathname;
  const socketPath = path.join(os.tmpdir(), `anyon-fault-proxy-${randomBytes(4).toString('hex')}.sock`);
  const requests: string[] = [];
  let armed: { fault: Fault; seen: number }[] = [];
  let struck = 0;

  const faultFor = (method: string, route: string): FaultKind | null => {
    for (const entry of armed) {
      if (entry.fault.method !== method || !entry.fault.path.test(route)) continue;
      entry.seen += 1;
      const first = entry.fault.nth ?? 1;
      if (entry.seen < first || entry.seen >= first + (entry.fault.times ?? 1)) continue;
      struck += 1;
      return entry.fault.kind;
    }
    return null;
  };

  const server = http.createServer((request, response) => {
    const route = (request.url ?? '').replace(/\?.*$/, '').replace(/^\/v\d+\.\d+(?=\/)/, '');
    const method = request.method ?? '';
    requests.push(`${method} ${route}`);
    const kind = faultFor(method, route);
    if (kind === 'hang') return void request.resume();
    if (kind === 'garbage') return void request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"Id": <garbage>'));
    if (typeof kind === 'object' && kind !== null && 'status' in kind) {
      return void request.resume().on('end', () => response.writeHead(kind.status, { 'content-type': 'application/json' }).end(JSON.stringify({ message: `injected ${kind.status}` })));
    }
    passOn(request, response, kind);
  });

  function passOn(request: http.IncomingMessage, response: http.ServerResponse, kind: 'lost' | 'cut' | { late: number } | null): void {
    const upstream = http.request({ socketPath: enginePath, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      if (kind === null) {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
        return;
      }
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        if (kind === 'lost') return void response.destroy();
        const body = Buffer.concat(parts);
        if (kind === 'cut') {
          response.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': String(body.length), 'transfer-encoding': undefined });
          response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
          return;
        }
        setTimeout(() => response.writeHead(answer.statusCode ?? 500, answer.headers).end(body), kind.late);
      });
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, () => resolve()));
  return {
    address: `unix://${socketPath}`,
    arm(...faults) {
      armed = faults.map((fault) => ({ fault, seen: 0 }));
      struck = 0;
    },
    struck: () => struck,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      rmSync(socketPath, { force: true });
    },
  };
}
