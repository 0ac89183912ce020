import superjson from 'superjson';
import type { Sink } from '@/tests/e2e/canary-sinks';

/** Calls over HTTP as a browser makes them; whatever is answered is kept, to be searched. */
export class CanaryRequests {
  /** What was answered, and what was looked at while things were going on. */
  readonly seen: Sink[] = [];
  readonly #origin: string;
  readonly #cookie: string;

  constructor(origin: string, cookie: string) {
    this.#origin = origin;
    this.#cookie = cookie;
  }

  /** A query, or a stream that ends by itself. */
  async call<T = unknown>(name: string, input: unknown): Promise<T> {
    return this.#keep(name, await fetch(this.#address(name, input), { headers: { cookie: this.#cookie }, signal: AbortSignal.timeout(20_000) }));
  }

  /** A mutation; its status. */
  async post(name: string, input: unknown): Promise<number> {
    const answer = await this.#send(name, input);
    await this.#keep(name, answer);
    return answer.status;
  }

  /** A mutation that must be done; what it answers. */
  async change<T>(name: string, input: unknown): Promise<T> {
    const answer = await this.#send(name, input);
    const data = await this.#keep<T>(name, answer);
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`);
    return data;
  }

  /** Reads a stream until its text is `enough`; at most half a minute. Returns its text. */
  async stream(name: string, input: unknown, enough: (text: string) => boolean): Promise<string> {
    const leave = new AbortController();
    const answer = await fetch(this.#address(name, input), { headers: { cookie: this.#cookie }, signal: AbortSignal.any([leave.signal, AbortSignal.timeout(30_000)]) });
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (enough(text)) break;
    }
    leave.abort();
    this.seen.push({ name: `answer of ${name}`, content: Buffer.from(text) });
    return text;
  }

  async file(name: string, path: string): Promise<Buffer> {
    const content = Buffer.from(await (await fetch(this.#origin + path, { headers: { cookie: this.#cookie } })).arrayBuffer());
    this.seen.push({ name, content });
    return content;
  }

  #address(name: string, input: unknown): string {
    return `${this.#origin}/api/trpc/${name}${input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`}`;
  }

  #send(name: string, input: unknown): Promise<Response> {
    return fetch(`${this.#origin}/api/trpc/${name}`, { method: 'POST', body: JSON.stringify({ json: input }), headers: { cookie: this.#cookie, origin: this.#origin, 'content-type': 'application/json' } });
  }

  async #keep<T>(name: string, answer: Response): Promise<T> {
    const text = await answer.text();
    this.seen.push({ name: `answer of ${name}`, content: Buffer.from(text) });
    const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { result?: { data: never } };
    return (body.result ? superjson.deserialize<T>(body.result.data) : undefined) as T;
  }
}
