import { NextRequest } from 'next/server';

/** Serves the product's requests in this process, as Next would. */
export type Handler = (request: NextRequest) => Promise<Response>;

export interface Answer {
  status: number;
  /** Where it redirects to, absolute; null when it does not. */
  location: string | null;
  text: string;
  /** The Set-Cookie lines. */
  cookies: string[];
}

/**
 * As much of a browser as signing in needs: a cookie jar for the product's origin, redirects followed one by one. Requests
 * for the product's origin go to `handler`, all others are real HTTP without its cookies.
 */
export class TestBrowser {
  readonly jar = new Map<string, string>();
  readonly #origin: string;
  readonly #handler: Handler;

  constructor(origin: string, handler: Handler) {
    this.#origin = origin;
    this.#handler = handler;
  }

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async open(address: string, form?: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    const url = new URL(address, this.#origin);
    const init = form ? { method: 'POST', body: new URLSearchParams(form) } : { method: 'GET' };
    if (url.origin !== this.#origin) return read(await fetch(url, { ...init, redirect: 'manual' }), url);
    const request = new NextRequest(url, { ...init, headers: { ...headers, ...(this.jar.size > 0 && { cookie: this.cookie }) } });
    const answer = await read(await this.#handler(request), url);
    for (const line of answer.cookies) this.keep(line);
    return answer;
  }

  /** Follows redirects until a page that is none of `/api/`; returns the address it ends at. */
  async follow(answer: Answer): Promise<URL> {
    let current = answer;
    for (let hops = 0; hops < 10; hops++) {
      if (!current.location) throw new Error(`No redirect but ${current.status}: ${current.text.slice(0, 300)}`);
      const next = new URL(current.location);
      if (next.origin === this.#origin && !next.pathname.startsWith('/api/')) return next;
      current = await this.open(next.href);
    }
    throw new Error('It redirects for ever.');
  }

  /** Takes a Set-Cookie line in. */
  keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const name = pair.slice(0, pair.indexOf('='));
    const gone = attributes.some((attribute) => /^max-age=0$/i.test(attribute) || (/^expires=/i.test(attribute) && Date.parse(attribute.slice(8)) <= Date.now()));
    if (gone) this.jar.delete(name);
    else this.jar.set(name, pair.slice(name.length + 1));
  }
}

async function read(response: Response, url: URL): Promise<Answer> {
  const location = response.headers.get('location');
  return {
    status: response.status,
    location: location ? new URL(location, url).href : null,
    text: await response.text(),
    cookies: response.headers.getSetCookie(),
  };
}
