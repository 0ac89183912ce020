import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind } from '@/tests/faults/fault-kind';

/** A call after which the connection belongs to both sides: both speak as they like until one ends it. */
export interface Conversation {
  request: IncomingMessage;
  client: Duplex;
  /** What of the body has come with the head. */
  begun: Buffer;
}

/** Passes both sides on to each other, or lets it go wrong: what of a call's answer is lost, cut or late is here the word with which the engine agrees. */
export async function converse({ request, client, begun }: Conversation, enginePath: string, kind: FaultKind | null): Promise<void> {
  client.on('error', () => {});
  if (kind === 'hang') return;
  if (typeof kind === 'object' && kind !== null && !('late' in kind)) {
    if ('status' in kind) return void client.end(answer(`${kind.status} Injected`, JSON.stringify({ message: kind.message ?? `injected ${kind.status}` })));
    await sleep(kind.hangMs);
    return void client.destroy();
  }
  const engine = net.connect({ path: enginePath });
  engine.on('error', () => client.destroy());
  engine.on('close', () => client.destroy());
  client.on('close', () => engine.destroy());
  engine.write(headOf(request));
  engine.write(begun);
  if (kind === null) return void client.pipe(engine).pipe(client);
  const [agreed] = (await once(engine, 'data')) as [Buffer];
  if (kind === 'lost') return void client.destroy();
  if (kind === 'garbage') return void client.end(answer('200 OK', '{"Id": <garbage>'));
  if (kind === 'cut') return void client.end(agreed.subarray(0, agreed.length / 2), () => client.destroy());
  engine.pause();
  await sleep(kind.late);
  client.write(agreed);
  client.pipe(engine).pipe(client);
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
  return [`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

function answer(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}
