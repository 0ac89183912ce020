import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PreviewPlace } from '@/contract/preview';
import { env } from '@/server/env';
import { log } from '@/server/log';
import { answerInWords, upgradeRefusal, type GatewayWords } from '@/server/workspaces/previews/gateway/gateway-page';
import * as words from '@/server/workspaces/previews/gateway/gateway-words';
import { cookieOf } from '@/server/workspaces/previews/gateway/passed-headers';
import { isForeign, readPreviewHost, type PreviewHost } from '@/server/workspaces/previews/gateway/preview-host';
import { Passage } from '@/server/workspaces/previews/gateway/passage';
import { cookieName, isPass, takeTicket } from '@/server/workspaces/previews/gateway/take-ticket';
import { Visitors } from '@/server/workspaces/previews/gateway/visitors';

/** Requests and WebSockets that may be open at the same time: of one preview, and of all. */
const MOST_OPEN_HERE = 300;
const MOST_OPEN = 2_000;
const MOST_CONNECTIONS = 3_000;

/** A request that may pass. */
interface Admitted {
  host: PreviewHost;
  cookie: string;
  containerId: string;
}

/**
 * The door to previews: every request and every WebSocket is asked for its host, its cookie and the rows before a byte of it reaches a
 * workspace, and ends when its visitor may not be here any more.
 */
export class PreviewGateway {
  readonly server: http.Server;
  readonly #visitors = new Visitors();
  readonly #passage = new Passage();

  constructor() {
    // The whole of a request may take as long as it takes (uploads); its head may not.
    // What offers another protocol than WebSocket (h2c) is answered as if it had not.
    const isWebSocket = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';
    this.server = http.createServer({ requestTimeout: 0, headersTimeout: 30_000, keepAliveTimeout: 65_000, maxHeaderSize: 64 * 1024, shouldUpgradeCallback: isWebSocket });
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.on('request', (request, response) => void this.#serve(request, response));
    this.server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  close(): void {
    this.#visitors.close();
    this.server.close();
    this.server.closeAllConnections();
    this.#passage.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const host = hostOf(request);
      if (host && (request.url ?? '').startsWith('/.anyon/')) return await takeTicket(request, response, host);
      const admitted = await this.#admit(request, host, false);
      if ('status' in admitted) return answerInWords(request, response, admitted);
      const { cookie, containerId } = admitted;
      const leave = this.#visitors.opened({ cookie, place: admitted.host.place, end: () => response.destroy() });
      response.once('close', leave);
      this.#passage.forward(request, response, { ...admitted.host, containerId });
    } catch (error) {
      log().warn({ err: error }, 'preview: could not ask whether a visitor may be here');
      answerInWords(request, response, words.UNAVAILABLE);
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const admitted = await this.#admit(request, hostOf(request), true);
      if (socket.destroyed) return;
      if ('status' in admitted) return void socket.end(upgradeRefusal(admitted));
      const { cookie, containerId } = admitted;
      const leave = this.#visitors.opened({ cookie, place: admitted.host.place, end: () => socket.destroy() });
      socket.once('close', leave);
      this.#passage.connect(request, socket, head, { ...admitted.host, containerId });
    } catch (error) {
      log().warn({ err: error }, 'preview: could not ask whether a WebSocket may be opened');
      socket.end(upgradeRefusal(words.UNAVAILABLE));
    }
  }

  async #admit(request: IncomingMessage, host: PreviewHost | null, isUpgrade: boolean): Promise<Admitted | GatewayWords> {
    if (!host) return words.noSuchHost();
    if (!request.url?.startsWith('/')) return words.BAD_ADDRESS;
    if (isForeign({ method: request.method, headers: request.headers, isUpgrade }, host.origin)) return words.FOREIGN;
    const { place } = host;
    const cookie = cookieOf(request.headers, cookieName());
    const access = cookie !== null && isPass(cookie) ? await this.#visitors.admit(cookie, place) : null;
    if (cookie === null || access === null) return words.notAdmitted(place, request.url);
    const { status, containerId } = access.workspace;
    if (status !== 'running' || containerId === null) return words.notRunning(place.workspaceId);
    if (this.#isFull(place)) return words.TOO_MANY;
    return { host, cookie, containerId };
  }

  #isFull(place: PreviewPlace): boolean {
    return this.#visitors.openInAll >= MOST_OPEN || this.#visitors.openAt(place) >= MOST_OPEN_HERE;
  }
}

function hostOf(request: IncomingMessage): PreviewHost | null {
  const { previewUrl } = env();
  return previewUrl === null ? null : readPreviewHost(request.headers.host, previewUrl);
}
