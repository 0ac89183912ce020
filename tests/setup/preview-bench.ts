import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { Agent, WebSocket } from 'undici';
import type { Actor } from '@/contract/actor';
import { previewOrigin } from '@/contract/preview';
import { sessions, workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { openSession } from '@/server/people/sessions';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { startGateway } from '@/server/workspaces/previews/gateway/start-gateway';
import { openPreview } from '@/server/workspaces/previews/open-preview';
import { freePorts } from '@/tests/setup/free-ports';
import { previewedServer } from '@/tests/setup/previewed-server';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { openWorkspaceContainer, type WorkspaceContainer } from '@/tests/setup/workspace-container';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
  port?: number;
}

/** A workspace that runs in a real container with a web server in it, and the gateway before it, in this process. */
export class PreviewBench {
  readonly product: TestProduct;
  readonly owner: Actor;
  readonly container: WorkspaceContainer;
  /** On which the web server listens. */
  readonly port = 5173;
  readonly base: string;
  readonly gatewayPort: number;
  readonly #endGateway: () => void;

  private constructor(product: TestProduct, owner: Actor, container: WorkspaceContainer, gatewayPort: number, endGateway: () => void) {
    this.product = product;
    this.owner = owner;
    this.container = container;
    this.gatewayPort = gatewayPort;
    this.base = `http://localhost:${gatewayPort}`;
    this.#endGateway = endGateway;
  }

  static async start(): Promise<PreviewBench> {
    const product = await startTestProduct();
    const [appPort = 0, gatewayPort = 0] = await freePorts(2);
    changeEnvironment({ ANYON_PORT: String(appPort), ANYON_PREVIEW_PORT: String(gatewayPort), AUTH_SECRET: randomBytes(32).toString('hex') });
    const owner = await PreviewBench.signIn(await product.addUser('owner'));
    const container = await openWorkspaceContainer(containerEngine(), owner, { level: 'none', hosts: [] });
    const bench = new PreviewBench(product, owner, container, gatewayPort, await startGateway());
    await bench.say({ status: 'running', containerId: container.id });
    await bench.serve(bench.port);
    return bench;
  }

  static async signIn(actor: Actor): Promise<Actor> {
    return { ...actor, sessionId: await openSession(database(), actor.userId, 'github') };
  }

  /** Writes into the row of the workspace. */
  async say(values: Partial<typeof workspaces.$inferInsert>): Promise<void> {
    await database().update(workspaces).set(values).where(eq(workspaces.id, this.container.workspaceId));
  }

  /** Starts the web server on a port, on the loopback address only, and waits until it listens. */
  async serve(port: number, address = '127.0.0.1'): Promise<void> {
    await containerEngine().execDetached(this.container.id, { argv: ['node', '--input-type=module', '-e', previewedServer, '--', String(port), address] });
    const listens = async () => (await this.container.run('cat', '/proc/net/tcp', '/proc/net/tcp6')).stdout.includes(`:${port.toString(16).toUpperCase()} `);
    for (const from = Date.now(); !(await listens()); await sleep(50)) if (Date.now() - from > 30_000) throw new Error('The web server does not start.');
  }

  async endServers(...ports: number[]): Promise<void> {
    for (const port of ports) await this.container.run('pkill', '-KILL', '-f', `-- ${port} `);
  }

  host(port = this.port, workspaceId = this.container.workspaceId): string {
    return new URL(previewOrigin(this.base, { workspaceId, port })).host;
  }

  /** The address with a ticket that a click on Open leads to. */
  async ticket(actor = this.owner, { port = this.port, path = '/' } = {}): Promise<string> {
    return openPreview(await requireWorkspaceAccess(actor, this.container.workspaceId), { port, path });
  }

  /** Opens a preview as a browser does; resolves with its cookie. */
  async enter(actor = this.owner, port = this.port): Promise<string> {
    const address = new URL(await this.ticket(actor, { port }));
    const answer = await this.ask(address.pathname + address.search, { headers: { host: address.host } });
    return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  }

  ask(path: string, { method = 'GET', headers = {}, body, port = this.port }: Asked = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: this.gatewayPort, path, method, agent: false, headers: { host: this.host(port), ...headers } }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** An answer that is read piece by piece. */
  stream(path: string, headers: Record<string, string>): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      http.get({ host: '127.0.0.1', port: this.gatewayPort, path, agent: false, headers: { host: this.host(), ...headers } }, resolve).on('error', reject);
    });
  }

  /** What a WebSocket is answered with at its beginning. */
  upgrade(headers: Record<string, string>): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = { host: this.host(), connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers };
      const request = http.get({ host: '127.0.0.1', port: this.gatewayPort, path: '/socket', agent: false, headers: asked }, resolve);
      request.on('upgrade', (answer, socket) => {
        socket.destroy();
        resolve(answer);
      });
      request.on('error', reject);
    });
  }

  /** A WebSocket of a page of this preview. */
  webSocket(headers: Record<string, string>, port = this.port): WebSocket {
    const dispatcher = new Agent({ connect: { lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]) } });
    return new WebSocket(`ws://${this.host(port)}/socket`, { headers: { origin: `http://${this.host(port)}`, ...headers }, dispatcher });
  }

  async endSession(actor: Actor): Promise<void> {
    await database().update(sessions).set({ revokedAt: sql`now()` }).where(eq(sessions.id, actor.sessionId));
  }

  async close(): Promise<void> {
    this.#endGateway();
    await this.product.close();
  }
}
