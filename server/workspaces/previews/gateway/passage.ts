import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'httpxy';
import { isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { answerInWords, upgradeRefusal } from '@/server/workspaces/previews/gateway/gateway-page';
import { linkToWorkspace, noAnswer } from '@/server/workspaces/previews/gateway/gateway-words';
import { headersForBrowser, headersForServer } from '@/server/workspaces/previews/gateway/passed-headers';
import { PortAgents } from '@/server/workspaces/previews/gateway/port-agents';
import type { PreviewHost } from '@/server/workspaces/previews/gateway/preview-host';

/** Where a request goes. */
interface Target extends PreviewHost {
  containerId: string;
}

/** What is known of a request while it is on its way. */
interface Journey {
  target: Target;
  sent: ClientRequest | null;
  tries: number;
}

/** Carries requests and WebSockets that were let through into workspaces, and their answers back, piece by piece. */
export class Passage {
  readonly #agents = new PortAgents();
  readonly #proxy = createProxyServer({});
  readonly #journeys = new WeakMap<IncomingMessage, Journey>();

  constructor() {
    this.#proxy.on('proxyReq', (sent, request) => {
      const journey = this.#journeys.get(request);
      if (journey) journey.sent = sent;
    });
    this.#proxy.on('proxyRes', (answer, request) => this.#clean(answer, request, false));
    this.#proxy.on('proxyReqWs', (sent, request) => {
      sent.once('upgrade', (answer) => this.#clean(answer, request, true));
      sent.once('response', (answer) => this.#clean(answer, request, false));
    });
    this.#proxy.on('error', (error, request, answer) => {
      if (request && answer && 'writeHead' in answer) this.#failed(error, request, answer);
      else failedUpgrade(error, answer as Duplex | undefined);
    });
  }

  close(): void {
    this.#agents.close();
  }

  forward(request: IncomingMessage, response: ServerResponse, target: Target): void {
    headersForServer(request.headers, { ...target, port: target.place.port, isUpgrade: false });
    this.#journeys.set(request, { target, sent: null, tries: 0 });
    this.#send(request, response, target);
  }

  connect(request: IncomingMessage, socket: Duplex, head: Buffer, target: Target): void {
    headersForServer(request.headers, { ...target, port: target.place.port, isUpgrade: true });
    this.#journeys.set(request, { target, sent: null, tries: 0 });
    this.#proxy.ws(request, socket as Socket, this.#options(target), head).catch((error: unknown) => failedUpgrade(error, socket));
  }

  #send(request: IncomingMessage, response: ServerResponse, target: Target): void {
    this.#proxy.web(request, response, this.#options(target)).catch((error: unknown) => this.#failed(error, request, response));
  }

  #options({ containerId, place: { port } }: Target) {
    return { target: `http://localhost:${port}`, agent: this.#agents.of(containerId, port) };
  }

  #clean(answer: IncomingMessage, request: IncomingMessage, isUpgrade: boolean): void {
    const target = this.#journeys.get(request)?.target;
    if (target) headersForBrowser(answer.headers, { port: target.place.port, origin: target.origin, isUpgrade });
  }

  /** A kept connection may have been closed by the other side just as it was used: what can be asked twice is, on a new one. */
  #failed(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (response.destroyed) return;
    const journey = this.#journeys.get(request);
    const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    if (journey?.sent?.reusedSocket && journey.tries < 2 && !response.headersSent && !hasBody && ['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '')) {
      journey.tries += 1;
      return this.#send(request, response, journey.target);
    }
    if (!isAnyonError(error)) log().debug({ err: error }, 'preview: a web server gave no answer');
    answerInWords(request, response, { ...(journey && { link: linkToWorkspace(journey.target.place.workspaceId) }), ...noAnswer(error) });
  }
}

function failedUpgrade(error: unknown, socket: Duplex | undefined): void {
  if (!isAnyonError(error)) log().debug({ err: error }, 'preview: a WebSocket broke');
  if (socket?.writable && !('bytesWritten' in socket && socket.bytesWritten)) socket.end(upgradeRefusal(noAnswer(error)));
  else socket?.destroy();
}
