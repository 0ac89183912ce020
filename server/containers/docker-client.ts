import http, { type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import type { z } from 'zod';
import { AnyonError } from '@/server/errors';
import { meters } from '@/server/meters';
import { tracedInside, type Span } from '@/server/tracing';
import { assertAllowedRequest } from '@/server/containers/docker-allow-list';
import type { DockerAddress } from '@/server/containers/docker-address';
import { startDeadline, type Deadline } from '@/server/containers/docker-deadline';
import { translateDockerError } from '@/server/containers/docker-errors';
import { engineSpan } from '@/server/containers/engine-span';

/**
 * The only way to the engine. Every request passes the allow-list, carries an abort signal and a time limit, and fails
 * with an `AnyonError` (or with the caller's own abort reason).
 */
export interface DockerClient {
  readonly address: string;
  /** The engine listens on a socket of this host, so its containers run under this kernel. */
  readonly isLocal: boolean;
  /** Sends a request, reads the whole answer (at most 32 MiB) and checks its shape. */
  ask<T>(request: DockerRequest, shape: z.ZodType<T>): Promise<T>;
  /** Sends a request whose answer has no content of interest. */
  tell(request: DockerRequest): Promise<void>;
  /** Opens an answer that is read piece by piece. The time limit covers the wait for its head only. Close it always. */
  open(request: DockerRequest): Promise<DockerStream>;
  /** Turns the connection into one on which both sides talk. The time limit covers the wait for its beginning only. Destroy it always. */
  converse(request: DockerRequest): Promise<Duplex>;
}

export interface DockerRequest {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, unknown>>;
  body?: Readonly<Record<string, unknown>>;
  /** Verb phrase for messages, e.g. "start the container x". */
  action: string;
  signal?: AbortSignal | undefined;
  /** Default 15 s; null for none. */
  timeoutMs?: number | null;
}

export interface DockerStream {
  /** The answer's bytes. Throws an `AnyonError` when the connection breaks; a clean end is no proof of completeness. */
  chunks(): AsyncGenerator<Buffer, void, void>;
  close(): void;
}

export const defaultTimeoutMs = 15_000;
/** An engine that hangs would otherwise be left with a connection for everything that anybody wants of it. */
const defaultConnections = 4;
const maxAnswerBytes = 32 * 1024 * 1024;

/** `connections`: at most so many at the same time, streams included; further requests wait, and their time limit runs. */
export function createDockerClient(address: DockerAddress, connections: number = defaultConnections): DockerClient {
  const modem = createModem(address, connections);

  const open = async (request: DockerRequest): Promise<OpenAnswer> => {
    assertAllowedRequest(request);
    const attempt = { action: request.action, address: address.text };
    const deadline = startDeadline(request.action, request.timeoutMs === undefined ? defaultTimeoutMs : request.timeoutMs, request.signal);
    const timed = meters().engineCalls.startTimer({ method: request.method });
    try {
      const { name, options } = engineSpan(request.method, request.path, address);
      const response = await tracedInside(name, options, async (span) => {
        const answer = await dial(modem, request, deadline.signal);
        span?.tell({ 'http.response.status_code': answer.statusCode ?? 0 });
        return answer;
      });
      timed({ outcome: 'answered' });
      return new OpenAnswer(response, deadline, (error) => translateDockerError(error, attempt));
    } catch (error) {
      timed({ outcome: 'failed' });
      deadline.release();
      deadline.throwIfOver();
      throw translateDockerError(error, attempt);
    }
  };

  const readAll = async (request: DockerRequest): Promise<Buffer> => {
    const answer = await open(request);
    try {
      return await answer.readAll();
    } finally {
      answer.close();
    }
  };

  return {
    address: address.text,
    isLocal: 'socketPath' in address,
    async ask(request, shape) {
      return parseAnswer(await readAll(request), request, shape);
    },
    async tell(request) {
      await readAll(request);
    },
    async open(request) {
      const answer = await open(request);
      answer.stopClock();
      return answer;
    },
    async converse(request) {
      assertAllowedRequest(request);
      const deadline = startDeadline(request.action, request.timeoutMs === undefined ? defaultTimeoutMs : request.timeoutMs, request.signal);
      try {
        const { name, options } = engineSpan(request.method, request.path, address);
        return await tracedInside(name, options, (span) => upgrade(modem, request, deadline.signal, span));
      } catch (error) {
        deadline.throwIfOver();
        throw translateDockerError(error, { action: request.action, address: address.text });
      } finally {
        deadline.release();
      }
    },
  };
}

class OpenAnswer implements DockerStream {
  readonly #response: IncomingMessage;
  readonly #deadline: Deadline;
  readonly #translate: (error: unknown) => AnyonError;

  constructor(response: IncomingMessage, deadline: Deadline, translate: (error: unknown) => AnyonError) {
    this.#response = response;
    this.#deadline = deadline;
    this.#translate = translate;
    // An answer that nobody reads at the moment it breaks must not end the process; chunks() reports the failure.
    response.on('error', () => undefined);
  }

  stopClock(): void {
    this.#deadline.stopClock();
  }

  async *chunks(): AsyncGenerator<Buffer, void, void> {
    try {
      for await (const chunk of this.#response) yield chunk as Buffer;
    } catch (error) {
      this.#deadline.throwIfOver();
      throw this.#translate(error);
    } finally {
      this.close();
    }
  }

  async readAll(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.chunks()) {
      size += chunk.length;
      if (size > maxAnswerBytes) throw new AnyonError('internal', 'Docker sent an answer of more than 32 MiB; it was refused.');
      parts.push(chunk);
    }
    return Buffer.concat(parts);
  }

  close(): void {
    this.#deadline.release();
    this.#response.destroy();
  }
}

/** Docker's clients write the whole agent into their debug text for each request; this one stays short, and never reuses a socket. */
class QuietAgent extends http.Agent {
  [inspect.custom](): string {
    return 'QuietAgent';
  }
}

type Modem = Docker['modem'];

function createModem(address: DockerAddress, connections: number): Modem {
  // docker-modem reads DOCKER_HOST and others from the environment itself; every field it would take from there is set.
  // Sockets are not kept alive: after a restart of the engine the first request on an old one would fail.
  const base = { protocol: 'http' as const, agent: new QuietAgent({ keepAlive: false, maxSockets: connections }), ca: undefined, cert: undefined, key: undefined, timeout: undefined };
  const options =
    'socketPath' in address
      ? { ...base, host: undefined, port: undefined, socketPath: address.socketPath }
      : { ...base, socketPath: undefined, host: address.host, port: address.port, pathPrefix: '/' };
  return new Docker(options as Docker.DockerOptions).modem;
}

const goodStatuses = { 200: true, 201: true, 204: true, 304: true };

/**
 * Always asks docker-modem for a stream: when the connection breaks in the middle of an answer that it reads itself, its
 * callback is never called. 304 (already in that state) counts as success.
 */
function dial(modem: Modem, request: DockerRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    modem.dial({ ...dialOptions(request, signal), isStream: true }, (error, response) => (error ? reject(error) : resolve(response as IncomingMessage)));
  });
}

/** Docker answers 101 and then hands the bare connection over; any other answer is a refusal. */
function upgrade(modem: Modem, request: DockerRequest, signal: AbortSignal, span: Span | null): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    modem.dial({ ...dialOptions(request, signal), isStream: true, hijack: true }, (error, socket) => {
      if (error) return reject(error instanceof Error ? error : new Error(String(error)));
      span?.tell({ 'http.response.status_code': 101 });
      if (socket instanceof Duplex) resolve(socket);
      else reject(new Error('Docker did not hand the connection over'));
    });
  });
}

function dialOptions({ method, path, query, body }: DockerRequest, abortSignal: AbortSignal) {
  return { method, path: query ? `${path}?` : path, options: { _query: query ?? {}, _body: body ?? {} }, abortSignal, statusCodes: goodStatuses };
}

function parseAnswer<T>(bytes: Buffer, request: DockerRequest, shape: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new AnyonError('unavailable', `Could not ${request.action}: Docker's answer is not valid JSON. Check DOCKER_HOST and the engine's health.`, { cause });
  }
  const result = shape.safeParse(value);
  if (!result.success) {
    const where = result.error.issues[0]?.path.join('.') || 'the answer';
    throw new AnyonError('unavailable', `Could not ${request.action}: Docker's answer is not as expected (${where}). Is the engine older than 20.10?`, { cause: result.error });
  }
  return result.data;
}
