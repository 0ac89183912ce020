import type { IncomingMessage } from 'node:http';

/** A request to the engine, by what it asks rather than by whom it is about: two operations of the same kind make calls of the same names. */
export interface EngineCall {
  /** E.g. `POST /containers/:container/exec (anyon-run alive clone)`. */
  name: string;
  url: string;
  method: string;
  body: Buffer;
}

const collections: Readonly<Record<string, string>> = { containers: ':container', networks: ':network', exec: ':exec', images: ':image' };
const verbs: ReadonlySet<string> = new Set(['create', 'json', 'prune']);

/** Reads the whole request. `commandOf` knows what an execution was created for. */
export async function readCall(request: IncomingMessage, commandOf: (execution: string) => string | undefined): Promise<EngineCall> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return callOf(request, Buffer.concat(parts), commandOf);
}

/** The same of a request whose body is known. */
export function callOf(request: IncomingMessage, body: Buffer, commandOf: (execution: string) => string | undefined): EngineCall {
  const [method, url] = [request.method ?? '', request.url ?? ''];
  return { name: nameOf(method, url, body, commandOf), url, method, body };
}

function nameOf(method: string, url: string, body: Buffer, commandOf: (execution: string) => string | undefined): string {
  const { pathname, searchParams } = new URL(url, 'http://engine');
  const [collection = '', ...rest] = pathname.replace(/^\/v\d+\.\d+(?=\/)/, '').slice(1).split('/');
  const placeholder = collections[collection];
  const about = placeholder && rest.length > 0 && !verbs.has(rest.join('/'));
  // The name of an image may itself have slashes.
  const verb = about ? rest.slice(1).filter((part) => ['json', 'start', 'stop', 'exec', 'stats', 'update', 'rename', 'kill', 'connect', 'logs', 'wait', 'unpause'].includes(part)) : rest;
  const route = ['', collection, ...(about ? [placeholder] : []), ...verb].join('/');
  const command = collection === 'exec' ? commandOf(rest[0] ?? '') : commandIn(body);
  const filter = labelsIn(searchParams.get('filters'));
  return `${method} ${route}${filter ? ` [${filter}]` : ''}${command ? ` (${command})` : ''}`;
}

/** By which labels a list is narrowed down: one question about one workspace is not the same as one about all. */
function labelsIn(filters: string | null): string {
  const { label = [], name = [] } = JSON.parse(filters ?? '{}') as { label?: string[]; name?: string[] };
  return [...label.map((text) => text.replace(/=.*/, '')), ...name.map(() => 'name')].join(' ');
}

/** The command line of an execution that is being created; ids and texts that differ from one time to the next are left out. */
function commandIn(body: Buffer): string | undefined {
  if (!body.includes('"Cmd"')) return undefined;
  const { Cmd: argv = [], AttachStdout: attached } = JSON.parse(body.toString('utf8')) as { Cmd?: string[] | null; AttachStdout?: boolean };
  if (attached === undefined || !argv) return undefined;
  const words = argv.map((word) => (/\s/.test(word) ? '…' : word.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id').replace(/keep-[0-9a-f]{12}/, 'keep-:id').replace(/setup-[0-9a-f]{16}/, 'setup-:hash')));
  return words.slice(0, 4).join(' ').replace(/ \S*:\d+$/, '');
}
