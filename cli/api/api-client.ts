import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { publicEndpoints, type PublicEndpointName } from '@/contract/public-api';
import { PUBLIC_API_BASE, type PublicEndpoint, type PublicPage } from '@/contract/public-api-endpoint';
import { CliError } from '@/cli/cli-error';
import { refusal } from '@/cli/api/refusal';
import type { Wire } from '@/cli/api/wire';

type Endpoints = typeof publicEndpoints;
/** What an endpoint takes. */
export type Asked<Name extends PublicEndpointName> = z.input<Endpoints[Name]['input']>;
type One<Name extends PublicEndpointName> = Wire<z.output<Endpoints[Name]['output']>>;
/** What it answers. */
export type Answered<Name extends PublicEndpointName> = Endpoints[Name]['answers'] extends 'page' ? PublicPage<One<Name>> : One<Name>;

export interface ApiOptions {
  url: string;
  token: string;
  /** Replaced in tests. */
  fetch?: typeof fetch;
  firstPauseMs?: number;
}

interface CallOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** An answer that is not a stream must have come after so long. */
const PATIENCE_MS = 60_000;
const MOST_TRIES = 4;

/** Speaks to one Anyon with one token, by the table of its public API. What may be asked twice is asked again while the server is being restarted. */
export class ApiClient {
  readonly url: string;
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.url = options.url;
    this.#options = options;
  }

  /** Calls an endpoint that answers in JSON. What starts something carries a key, by which that is started once, however often it is asked for. */
  async call<Name extends PublicEndpointName>(name: Name, asked: Asked<Name>, { signal }: CallOptions = {}): Promise<Answered<Name>> {
    const endpoint: PublicEndpoint = publicEndpoints[name];
    const headers: Record<string, string> = endpoint.idempotent ? { 'Idempotency-Key': randomUUID() } : {};
    const mayRepeat = endpoint.method === 'GET' || endpoint.idempotent === true;
    for (let tries = 1; ; tries++) {
      try {
        const within = AbortSignal.timeout(PATIENCE_MS);
        const response = await this.open(name, asked, { headers, signal: signal ? AbortSignal.any([signal, within]) : within });
        return await this.#parsed<Answered<Name>>(response);
      } catch (error) {
        const passing = error instanceof CliError && error.kind === 'unavailable' && !signal?.aborted;
        if (!passing || !mayRepeat || tries === MOST_TRIES) throw error;
        await delay((this.#options.firstPauseMs ?? 500) * 2 ** (tries - 1), undefined, signal && { signal });
      }
    }
  }

  /** The answer of an endpoint as it comes, asked for once: streams and bytes. A refusal is thrown in Anyon's words. */
  async open<Name extends PublicEndpointName>(name: Name, asked: Asked<Name>, { signal, headers }: CallOptions = {}): Promise<Response> {
    const { address, method, body } = requestOf(this.#options.url, publicEndpoints[name], asked);
    let response: Response;
    try {
      // A redirection is not followed: the token is for this address.
      response = await (this.#options.fetch ?? fetch)(address, {
        method,
        headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers, Authorization: `Bearer ${this.#options.token}` },
        redirect: 'manual',
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
    } catch (error) {
      throw this.brokenOff(error, signal);
    }
    if (response.ok) return response;
    throw await refusal(response, this.url);
  }

  /** What is thrown when a connection breaks: the person's own leaving as it is, everything else in words. */
  brokenOff(error: unknown, signal?: AbortSignal): unknown {
    const left = signal?.aborted && (signal.reason as Error | undefined)?.name !== 'TimeoutError';
    if (left || error instanceof CliError) return error;
    return new CliError('unavailable', `Anyon at ${this.url} does not answer (${reasonOf(error)}). Is it running, and is this its address?`, { cause: error });
  }

  async #parsed<T>(response: Response): Promise<T> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw this.brokenOff(error);
    }
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw new CliError('internal', `${this.url} answered with something that is not Anyon’s. Is this the right address?`, { cause: error });
    }
  }
}

/** What the path names goes into the address; the rest is the body of a POST and the query of everything else. */
export function requestOf(url: string, { method, path }: PublicEndpoint, asked: Readonly<Record<string, unknown>>): { address: URL; method: string; body: string | undefined } {
  const rest = { ...asked };
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(inAddress(value));
  });
  const address = new URL(`${url}${PUBLIC_API_BASE}${filled}`);
  if (method === 'POST') return { address, method, body: Object.keys(rest).length > 0 ? JSON.stringify(rest) : undefined };
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) address.searchParams.set(name, inAddress(value));
  return { address, method, body: undefined };
}

/** Texts, numbers and truth values are all that stands in the addresses of the API. */
function inAddress(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was wrong with the connection: fetch hides it one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return 'no answer in time';
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
