import { LogReceiver } from '@/tests/bench/log-receiver';
import type { LogSource } from '@/tests/bench/log-sources/log-source';
import type { FollowOrder, ReadersAnswer } from '@/tests/bench/log-path-messages';

const answer = (message: ReadersAnswer): void => void process.send?.(message);

/** All readers of a load in one process, as the writers share the machine: says when all are connected, and then what each received. */
async function followAll({ sourceFile, addresses, bytes, measureLines }: FollowOrder): Promise<void> {
  const { source } = (await import(sourceFile)) as { source: LogSource };
  const receivers = addresses.map(() => new LogReceiver({ bytes, measureLines }));
  const results = Promise.all(receivers.map(async (receiver, index) => {
    await source.follow(addresses[index], receiver);
    return receiver.result();
  }));
  await Promise.race([results, Promise.all(receivers.map(async ({ isConnected }) => isConnected.promise))]);
  answer({ kind: 'connected' });
  answer({ kind: 'received', received: await results });
}

process.on('message', (order: FollowOrder) => {
  followAll(order).catch((error: unknown) => answer({ kind: 'failed', reason: String(error) }));
});
process.send?.('ready');
