import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { callOf, readCall, type EngineCall } from '@/tests/faults/engine-call';
import { converse, type Conversation } from '@/tests/faults/engine-conversation';
import type { FaultKind } from '@/tests/faults/fault-kind';
import { tamperWith, type Tampering } from '@/tests/faults/tampered-events';

export interface Fault {
  /** Name of the call as `requests` shows it. */
  call: string | RegExp;
  kind: FaultKind;
  /** Which of the matching calls, counted from 1; absent: the first. */
  nth?: number;
  /** How many in a row from there; default 1. */
  times?: number;
}

export interface DockerFaultProxy {
  /** For DOCKER_HOST. */
  address: string;
  /** Replaces what goes wrong from now on; counting begins anew. */
  arm(...faults: Fault[]): void;
  /** How many calls a fault has hit since it was armed; where the engine acts, it has acted by then. */
  struck(): number;
  /** Of those, how many still hang. */
  hanging(): number;
  /** What becomes of the events that are told from the next time on that somebody begins to listen; null: nothing. */
  tamper(how: Tampering | null): void;
  /** The names of all calls so far. */
  requests: string[];
  close(): Promise<void>;
}

/** A Unix socket that passes calls on to the machine's engine, but for those that were armed to go wrong. */
export async function startDockerFaultProxy(): Promise<DockerFaultProxy> {
  const socketPath = path.join(os.tmpdir(), `anyon-fault-proxy-${randomBytes(4).toString('hex')}.sock`);
  const requests: string[] = [];
  const commands = new Map<string, string>();
  let armed: { fault: Fault; seen: number }[] = [];
  let struck = 0;
  let hanging = 0;
  let tampering: Tampering | null = null;

  const faultFor = ({ name }: Pick<EngineCall, 'name'>): FaultKind | null => {
    for (const entry of armed) {
      const { call, nth = 1, times = 1, kind } = entry.fault;
      if (!(typeof call === 'string' ? call === name : call.test(name))) continue;
      entry.seen += 1;
      if (entry.seen >= nth && entry.seen < nth + times) return kind;
    }
    return null;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await readCall(request, (execution) => commands.get(execution));
    requests.push(call.name);
    const kind = faultFor(call);
    if (kind === null) return passOn(call, request, response, { commands, tampering: call.name.startsWith('GET /events') ? tampering : null });
    if (isRefusal(kind)) {
      struck += 1;
      if (typeof kind === 'object' && 'status' in kind) return refuse(kind, response);
      hanging += 1;
      response.once('close', () => (hanging -= 1));
      if (kind !== 'hang') setTimeout(() => response.destroy(), kind.hangMs);
      return;
    }
    const answer = await askEngine(call, request);
    struck += 1;
    return spoil(kind, answer, response);
  };

  const conversations = new Set<Duplex>();
  const serveUpgraded = (conversation: Conversation): Promise<void> => {
    const { client } = conversation;
    conversations.add(client);
    client.once('close', () => conversations.delete(client));
    const { name } = callOf(conversation.request, Buffer.alloc(0), (execution) => commands.get(execution));
    requests.push(name);
    const kind = faultFor({ name });
    if (kind !== null) struck += 1;
    if (kind === 'hang' || (typeof kind === 'object' && kind !== null && 'hangMs' in kind)) {
      hanging += 1;
      client.once('close', () => (hanging -= 1));
    }
    return converse(conversation, enginePath(), kind);
  };

  const server = http.createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  server.on('upgrade', (request, client, begun) => void serveUpgraded({ request, client, begun }).catch(() => client.destroy()));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, () => resolve()));
  return {
    address: `unix://${socketPath}`,
    arm(...faults) {
      armed = faults.map((fault) => ({ fault, seen: 0 }));
      struck = 0;
    },
    struck: () => struck,
    hanging: () => hanging,
    tamper: (how) => void (tampering = how),
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const client of conversations) client.destroy();
      await closed;
      rmSync(socketPath, { force: true });
    },
  };
}

const enginePath = (): string => new URL(process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock').pathname;

function dial(call: EngineCall, request: IncomingMessage): http.ClientRequest {
  const upstream = http.request({ socketPath: enginePath(), path: call.url, method: call.method, headers: request.headers });
  upstream.end(call.body);
  return upstream;
}

/** As if there were no proxy: also a stream whose end is the end of the connection stays one. */
function passOn(call: EngineCall, request: IncomingMessage, response: ServerResponse, { commands, tampering }: { commands: Map<string, string>; tampering: Tampering | null }): void {
  const upstream = dial(call, request);
  const command = /\/exec \((.*)\)$/.exec(call.name)?.[1];
  upstream.on('error', () => response.destroy());
  upstream.on('response', (answer) => {
    sendHead(answer, response);
    answer.on('error', () => response.destroy());
    if (command !== undefined) {
      answer.on('data', (part: Buffer) => {
        const execution = /"Id":"([0-9a-f]+)"/.exec(part.toString('utf8'))?.[1];
        if (execution !== undefined) commands.set(execution, command);
      });
    }
    if (tampering) answer.pipe(tamperWith(tampering)).pipe(response);
    else answer.pipe(response);
  });
  response.on('close', () => upstream.destroy());
}

type Refusal = Extract<FaultKind, 'hang' | { hangMs: number } | { status: number }>;

/** The engine never hears of it. */
function isRefusal(kind: FaultKind): kind is Refusal {
  return kind === 'hang' || (typeof kind === 'object' && ('hangMs' in kind || 'status' in kind));
}

function refuse({ status, message = `injected ${status}` }: { status: number; message?: string }, response: ServerResponse): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

interface Answer {
  head: IncomingMessage;
  body: Buffer;
}

async function askEngine(call: EngineCall, request: IncomingMessage): Promise<Answer> {
  const head = await new Promise<IncomingMessage>((resolve, reject) => dial(call, request).on('response', resolve).on('error', reject));
  const parts: Buffer[] = [];
  for await (const part of head) parts.push(part as Buffer);
  return { head, body: Buffer.concat(parts) };
}

async function spoil(kind: Exclude<FaultKind, Refusal>, { head, body }: Answer, response: ServerResponse): Promise<void> {
  if (kind === 'lost') return void response.destroy();
  if (kind === 'garbage') {
    response.writeHead(head.statusCode === 204 ? 200 : (head.statusCode ?? 500), { 'content-type': 'application/json' }).end('{"Id": <garbage>');
    return;
  }
  if (kind === 'cut') {
    if (body.length === 0) return void response.destroy();
    sendHead(head, response);
    const half = body.subarray(0, Math.floor(body.length / 2));
    if (isClosed(head)) response.end(half);
    else response.write(half, () => response.destroy());
    return;
  }
  await sleep(kind.late);
  sendHead(head, response);
  response.end(body);
}

/** Of an answer whose end nothing tells but the end of the connection. */
function isClosed({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

function sendHead(answer: IncomingMessage, response: ServerResponse): void {
  if (isClosed(answer)) response.useChunkedEncodingByDefault = false;
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  response.flushHeaders();
}
