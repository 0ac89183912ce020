import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import superjson from 'superjson';
import type { RunLogEvent } from '@/contract/run-log';
import { nowMicroseconds, type Received, type Subscription } from '@/tests/bench/log-path-messages';

/** Takes text as it comes, until it has enough bytes: checks, ages of lines, checksum. */
class Receiver {
  bytes = 0;
  readonly latencies: number[] = [];
  readonly #hash = createHash('sha256');
  readonly #subscription: Subscription;
  #rest = '';

  constructor(subscription: Subscription) {
    this.#subscription = subscription;
  }

  /** True when this was the last of it. */
  take(piece: string | Buffer): boolean {
    const at = nowMicroseconds();
    this.bytes += Buffer.byteLength(piece);
    this.#hash.update(piece);
    if (this.#subscription.measureLines) this.#measure(this.#rest + piece.toString(), at);
    return this.bytes >= this.#subscription.bytes;
  }

  #measure(text: string, at: number): void {
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.latencies.push((at - Number(/"t":(\d{16})/.exec(line)?.[1])) / 1000);
  }

  result(): Received {
    return { name: this.#subscription.name, finishedAt: nowMicroseconds(), sha256: this.#hash.digest('hex'), latencies: this.latencies };
  }
}

/** As a browser does: one HTTP response, server-sent events, each checked to follow the one before. */
async function fromProduct(source: Extract<Subscription['source'], { kind: 'product' }>, receiver: Receiver): Promise<void> {
  const input = superjson.serialize({ runId: source.runId, outFrom: 0, errFrom: 0 });
  const url = `${source.url}/api/trpc/runs.log?input=${encodeURIComponent(JSON.stringify(input))}`;
  await new Promise<void>((resolve, reject) => {
    const request = get(url, { headers: { cookie: source.cookie, accept: 'text/event-stream' } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The log answered with ${response.statusCode}.`));
      let pieces: string[] = [];
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (text: string) => {
        pieces.push(text);
        if (!text.includes('\n\n')) return;
        const blocks = pieces.join('').split('\n\n');
        pieces = [blocks.pop() ?? ''];
        if (!blocks.some((block) => takeEvent(block, receiver))) return;
        request.destroy();
        resolve();
      });
    });
    request.on('error', reject);
  });
}

function takeEvent(block: string, receiver: Receiver): boolean {
  const line = block.split('\n').find((each) => each.startsWith('data: '));
  if (!line || block.startsWith('event:')) return false;
  const event = superjson.deserialize<RunLogEvent>(JSON.parse(line.slice(6)));
  if (event.end || event.stream !== 'out') return false;
  if (event.from !== receiver.bytes) throw new Error(`A piece from ${event.from} came after byte ${receiver.bytes}.`);
  return receiver.take(event.text);
}

async function fromDockerLogs(container: string, receiver: Receiver): Promise<void> {
  const child = spawn('docker', ['logs', '--follow', container], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const piece of child.stdout) {
    if (receiver.take(piece as Buffer)) break;
  }
  child.kill('SIGKILL');
}

/** What following a file costs at least: read what is new, write it elsewhere. */
async function rawCopy(from: string, to: string, receiver: Receiver): Promise<void> {
  const [source, target] = await Promise.all([open(from), open(to, 'w')]);
  const buffer = Buffer.allocUnsafe(512 * 1024);
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, receiver.bytes);
    if (bytesRead === 0) await delay(2);
    else {
      await target.write(buffer, 0, bytesRead);
      if (receiver.take(buffer.subarray(0, bytesRead))) break;
    }
  }
  await Promise.all([source.close(), target.close()]);
}

async function subscribe(subscription: Subscription): Promise<Received> {
  const receiver = new Receiver(subscription);
  const { source } = subscription;
  if (source.kind === 'product') await fromProduct(source, receiver);
  else if (source.kind === 'docker-logs') await fromDockerLogs(source.container, receiver);
  else await rawCopy(source.from, source.to, receiver);
  return receiver.result();
}

process.on('message', (subscriptions: Subscription[]) => {
  void Promise.all(subscriptions.map(subscribe)).then((results) => process.send?.(results));
});
process.send?.('ready');
