import { setPriority } from 'node:os';
import { get } from 'node:http';
import { nowMicroseconds } from '@/tests/bench/log-path-messages';
import { PieceScanner } from '@/tests/bench/watching/piece-scanner';
import { tabStreamAddress } from '@/tests/setup/tab-stream-reader';

/** Who looks at a run: each in a stream of a tab of its own, as browsers do. */
export interface Viewing {
  url: string;
  /** One session for each viewer. */
  cookies: string[];
  runId: string;
  /** Each reads until it has so many bytes of standard output. */
  bytes: number;
  /** They open their stream and never read from it. */
  stalled: boolean;
}

export interface Viewed {
  /** Microseconds since 1970 at which the last viewer had the last byte; null for viewers that stall. */
  finishedAt: number | null;
}

/**
 * One viewer. It looks only at where each piece of the log begins and ends, so that many of them do not take the processors that
 * the product is measured on: browsers are on other machines.
 */
async function view({ url, runId, bytes, stalled }: Viewing, cookie: string): Promise<void> {
  const address = tabStreamAddress(url, [{ id: 1, path: 'runs.log', input: { runId, outFrom: 0, errFrom: 0 } }]);
  const scanner = new PieceScanner();
  await new Promise<void>((resolve, reject) => {
    const request = get(address, { headers: { cookie, accept: 'text/event-stream' }, agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`The log answered with ${response.statusCode}.`));
      if (stalled) return resolve(); // nobody listens: Node reads a few kilobytes ahead and stops
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        scanner.take(chunk);
        if (scanner.bytes < bytes) return;
        request.destroy();
        resolve();
      });
      response.on('end', () => reject(new Error(`The stream ended at byte ${scanner.bytes}.`)));
    });
    request.on('error', reject);
  });
}

setPriority(19); // whoever is measured goes first
process.on('message', (viewing: Viewing) => {
  const all = Promise.all(viewing.cookies.map(async (cookie) => view(viewing, cookie)));
  void all.then(() => process.send?.({ finishedAt: viewing.stalled ? null : nowMicroseconds() } satisfies Viewed));
});
process.send?.('ready');
