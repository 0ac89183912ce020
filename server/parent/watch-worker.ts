import { env } from '@/server/env';
import { log } from '@/server/log';
import type { Parent } from '@/server/parent/parent';
import { watchForHungHolder } from '@/server/queue/lead';

/**
 * Ends the worker when it holds the lead and gives no sign any more: stopped, or busy for ever with something. It is started
 * again as after every end, and takes up what it had left. Returns the function that ends the watch.
 */
export function watchWorker(url: () => string, parent: Pick<Parent, 'killChild'>): () => void {
  if (env().NODE_ENV === 'development') return () => {}; // who waits at a breakpoint does not hang
  const ending = new AbortController();
  const onHung = ({ processId }: { processId: number | null }) => {
    if (processId !== null && parent.killChild('worker', processId)) log().error({ childPid: processId }, 'parent: the worker hangs and is ended');
  };
  watchForHungHolder(url, onHung, ending.signal).catch((error: unknown) => log().error({ err: error }, 'parent: the worker is not watched any more'));
  return () => ending.abort();
}
