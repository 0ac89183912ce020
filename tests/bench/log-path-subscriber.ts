import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunLogEvent } from '@/contract/run-log';
import type { TabStreamEvent } from '@/contract/tab-stream';
import { nowMicroseconds, type Received, type Subscription } from '@/tests/bench/log-path-messages';
import { tabStreamAddress, TabStreamReader } from '@/tests/setup/tab-stream-reader';

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

/** As a browser does: the one stream of a tab, server-sent events, each piece checked to follow the one before. */
async function fromProduct(source: Extract<Subscription['source'], { kind: 'product' }>, receiver: Receiver): Promise<void> {
  const url = tabStreamAddress(source.url, [{ id: 1, path: 'runs.log', input: { runId: source.runId, outFrom: 0, errFrom: 0 } }]);
  const reader = new TabStreamReader();
  await new Promise<void>((resolve, reject) => {
    const request = get(url, { headers: { cookie: source.cookie, accept: 'text/event-stream' } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The log answered with ${response.statusCode}.`));
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (text: string) => {
        if (!reader.take(text).some((event) => takeEvent(event, receiver))) return;
        request.destroy();
        resolve();
      });
    });
    request.on('error', reject);
  });
}

function takeEvent(event: TabStreamEvent, receiver: Receiver): boolean {
  if (event.kind !== 'data') return false;
  const piece = event.data as RunLogEvent;
  if (piece.end || piece.stream !== 'out') return false;
  if (piece.from !== receiver.bytes) throw new Error(`A piece from ${piece.from} came after byte ${receiver.bytes}.`);
  return receiver.take(piece.text);
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
