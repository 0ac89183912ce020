import { get } from 'node:http';
import path from 'node:path';
import type { RunLogEvent } from '@/contract/run-log';
import type { TabStreamEvent } from '@/contract/tab-stream';
import { benchSecrets } from '@/tests/bench/bench-secrets';
import { askPart, type Collect } from '@/tests/bench/log-path-messages';
import { startBenchProduct } from '@/tests/bench/log-path-product';
import type { LogReader, LogSource } from '@/tests/bench/log-sources/log-source';
import { tabStreamAddress, TabStreamReader } from '@/tests/setup/tab-stream-reader';

interface Address {
  url: string;
  cookie: string;
  runId: string;
}

/** The product: collected, masked and written by the worker's part, rows in Postgres, served by the web process over a tab's one stream, with a session. */
export const source: LogSource<Address> = {
  name: 'Anyon',
  reads: 'file',
  open: async ({ directory, afterwards }) => {
    const secrets = benchSecrets();
    const product = await startBenchProduct(directory, afterwards);
    const cookies = [product.cookie, await product.addPerson()]; // one person may have twenty tabs, and those of the load before are just being closed
    return {
      serve: async (logs) => {
        const runs = await Promise.all(logs.map(async ({ file }) => product.addRun(path.dirname(file))));
        await askPart(product.collector, { runs, secrets } satisfies Collect);
        return { addresses: runs.map(({ runId }, index) => ({ url: product.url, cookie: cookies[index % cookies.length] ?? '', runId })), close: async () => void (await askPart(product.collector, 'finish')) };
      },
      close: product.close,
    };
  },
  follow: followTab,
};

/** As a browser does: the one stream of a tab, server-sent events, each piece checked to follow the one before. */
async function followTab({ url, cookie, runId }: Address, reader: LogReader): Promise<void> {
  const address = tabStreamAddress(url, [{ id: 1, path: 'runs.log', input: { runId, outFrom: 0, errFrom: 0 } }]);
  const events = new TabStreamReader();
  let bytes = 0;
  const takeEvent = (event: TabStreamEvent): boolean => {
    const piece = event.kind === 'data' ? (event.data as RunLogEvent) : null;
    if (!piece || piece.end || piece.stream !== 'out') return false;
    if (piece.from !== bytes) throw new Error(`A piece from ${piece.from} came after byte ${bytes}.`);
    bytes += Buffer.byteLength(piece.text);
    return reader.take(piece.text);
  };
  await new Promise<void>((resolve, reject) => {
    const request = get(address, { headers: { cookie, accept: 'text/event-stream' } }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`The log answered with ${response.statusCode}.`));
      reader.connected();
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('end', () => reject(new Error('The log ended too early.')));
      response.on('data', (text: string) => {
        try {
          if (!events.take(text).some(takeEvent)) return;
          request.destroy();
          resolve();
        } catch (error) {
          request.destroy(error as Error);
          reject(error as Error);
        }
      });
    });
    request.on('error', reject);
  });
}
