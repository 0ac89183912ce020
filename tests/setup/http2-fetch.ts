import http2, { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import tls from 'node:tls';

interface Options {
  /** Of the authority that is trusted, in PEM. */
  ca: string;
  /** The address of this machine that the requests come from. */
  from: string;
}

/** `fetch` over HTTP/2 and nothing older, one connection per host as in a browser; every name leads to this machine. */
export class Http2Fetch {
  readonly #options: Options;
  readonly #sessions = new Map<string, ClientHttp2Session>();

  constructor(options: Options) {
    this.#options = options;
  }

  readonly fetch = async (address: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(address instanceof Request ? address.url : address);
    const headers = Object.fromEntries(new Headers(init.headers));
    const stream = this.#session(url).request({ ...headers, ':method': init.method ?? 'GET', ':path': url.pathname + url.search, ':authority': url.host });
    init.signal?.addEventListener('abort', () => stream.close(http2.constants.NGHTTP2_CANCEL), { once: true });
    stream.end(init.body ?? undefined);
    return new Promise((resolve, reject) => {
      stream.once('error', reject);
      stream.once('close', () => reject(new Error('The connection ended before an answer.')));
      stream.once('response', (answered) => resolve(responseOf(stream, answered)));
    });
  };

  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
  }

  #session({ host, hostname, port, origin }: URL): ClientHttp2Session {
    const open = this.#sessions.get(host);
    if (open && !open.closed && !open.destroyed) return open;
    const { ca, from } = this.#options;
    const here: tls.ConnectionOptions & { localAddress: string } = { host: '127.0.0.1', port: Number(port), localAddress: from, servername: hostname, ca, ALPNProtocols: ['h2'] };
    const socket = tls.connect(here);
    const session = http2.connect(origin, { createConnection: () => socket });
    session.on('error', () => session.destroy());
    this.#sessions.set(host, session);
    return session;
  }
}

function responseOf(stream: ClientHttp2Stream, answered: IncomingHttpHeaders): Response {
  const status = Number(answered[':status']);
  const headers = new Headers();
  for (const [name, value] of Object.entries(answered)) if (!name.startsWith(':')) for (const one of [value].flat()) headers.append(name, one ?? '');
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      stream.on('data', (chunk: Buffer) => {
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 1) <= 0) stream.pause();
      });
      const fail = (error: Error) => controller.error(error);
      let ended = false;
      stream.once('end', () => (ended = true));
      stream.once('error', fail);
      // A proxy whose server has died resets the stream; without an error that would look like its end.
      stream.once('close', () => (ended && stream.rstCode === http2.constants.NGHTTP2_NO_ERROR ? controller.close() : fail(new Error('The stream was cut off.'))));
    },
    pull: () => void stream.resume(),
    cancel: () => stream.close(http2.constants.NGHTTP2_CANCEL),
  });
  return new Response([204, 304].includes(status) ? null : body, { status, headers });
}
