import type { TRPCClient } from '@trpc/client';
import type { AppRouter } from '@/server/trpc/router';
import type { LogPosition, LogStream } from '@/contract/run-log';
import { LogRangeError, type LogRange, readLogRange, readLogTail } from '@/components/logs/run-log-range';
import { LogWindows } from '@/components/logs/log-windows';
import { RunLogStore } from '@/components/logs/run-log-store';

const pieceBytes = 256 * 1024;
const firstRetryMs = 250;
const lastRetryMs = 5000;
const cheapMs = 12;
const fromTheStart: LogRange = { text: '', from: 0, to: 0 };

/** A run's log on the screen: its store, and windows of the rest. */
export interface FollowedLog {
  store: RunLogStore;
  /** What lies before the store's lines, as far as it is looked at. */
  windows: LogWindows;
  close: () => void;
}

/** What was known of the log when its run was last looked at. */
export interface KnownLog extends LogPosition {
  /** True when nothing more is written to it. */
  complete: boolean;
}

/**
 * Opens a run's log: the last 256 KB of each stream by byte range, then the subscription from exactly there. `known` says how much there was when
 * the run was last looked at: a stream that was small is left to the subscription from its start.
 * Goes on for ever over network failures; stops at the end of the log, on refusal (`error` state) or when closed.
 */
export function followRunLog(client: TRPCClient<AppRouter>, runId: string, known: KnownLog): FollowedLog {
  const abort = new AbortController();
  const store = new RunLogStore({
    readRange: (stream, from, to) => readLogRange(runId, stream, from, to, abort.signal),
    schedule: screenRefreshes(),
  });
  const windows = new LogWindows({ load: (ask) => client.logs.lines.query({ runId, ...ask }, { signal: abort.signal }), onChange: () => store.update({}) });
  let stop = () => {};
  void readTails(store, runId, known, abort.signal).then((ready) => {
    if (!ready || abort.signal.aborted) return;
    stop = subscribe(client, runId, store, known.complete);
    for (const stream of ['out', 'err'] as const) void countBefore(client, runId, store, stream, abort.signal);
  });
  return {
    store,
    windows,
    close: () => {
      abort.abort();
      windows.close();
      store.close();
      stop();
    },
  };
}

/**
 * Once per screen refresh; a hidden tab has none, so a timer stands in. Drawing a log of very many lines takes a while: then there are as many
 * fewer refreshes, so that the page keeps most of its time for the person.
 */
function screenRefreshes(): (flush: () => void) => void {
  let costMs = 0;
  const draw = (flush: () => void) => {
    const started = performance.now();
    flush();
    setTimeout(() => (costMs = performance.now() - started)); // after React has drawn
  };
  return (flush) => {
    if (document.visibilityState === 'hidden') setTimeout(flush, 500);
    else if (costMs < cheapMs) requestAnimationFrame(() => draw(flush));
    else setTimeout(() => draw(flush), Math.min(costMs * 4, 1000));
  };
}

async function readTails(store: RunLogStore, runId: string, known: LogPosition, signal: AbortSignal): Promise<boolean> {
  for (let delay = firstRetryMs; !signal.aborted; delay = Math.min(delay * 2, lastRetryMs)) {
    try {
      const tail = async (stream: LogStream) => (known[stream] > pieceBytes ? readLogTail(runId, stream, pieceBytes, signal) : fromTheStart);
      const [out, err] = await Promise.all([tail('out'), tail('err')]);
      if (signal.aborted) return false;
      store.begin('out', out);
      store.begin('err', err);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (error instanceof LogRangeError && isRefusal(error.kind)) {
        store.setConnection('error', error.message);
        return false;
      }
      store.setConnection('reconnecting', 'The server does not answer.');
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return false;
}

function isRefusal(kind: string): boolean {
  return kind === 'unauthenticated' || kind === 'forbidden' || kind === 'not_found';
}

function subscribe(client: TRPCClient<AppRouter>, runId: string, store: RunLogStore, complete: boolean): () => void {
  let wasLive = false;
  let ended = false;
  const subscription = client.runs.log.subscribe(
    { runId, outFrom: store.position.out, errFrom: store.position.err },
    {
      onData: ({ data: event }) => {
        store.receive(event);
        if (!event.end) return;
        ended = true;
        store.setConnection('ended');
        queueMicrotask(() => subscription.unsubscribe());
      },
      onConnectionStateChange: ({ state, error }) => {
        if (ended || state === 'idle') return;
        wasLive ||= state === 'pending';
        if (state === 'pending') store.setConnection(complete ? 'connecting' : 'live'); // a log that grows no more is never live
        else if (wasLive || error) store.setConnection('reconnecting', error ? 'The connection was lost.' : null);
        else store.setConnection('connecting');
      },
      onError: (error) => store.setConnection('error', error.message),
      onComplete: () => ended || store.setConnection('ended'),
    },
  );
  return () => subscription.unsubscribe();
}

/** Asks how many lines come before the first that is held. The server looks through the whole log for it once; nothing waits for it but the numbers. */
async function countBefore(client: TRPCClient<AppRouter>, runId: string, store: RunLogStore, stream: LogStream, signal: AbortSignal): Promise<void> {
  const offset = store.lines.heldFrom[stream];
  for (let delay = firstRetryMs; offset > 0 && !signal.aborted; delay = Math.min(delay * 2, lastRetryMs)) {
    try {
      const found = await client.logs.lineAt.query({ runId, stream, offset }, { signal });
      return store.countedBefore(stream, found.line - 1, found.offset === offset);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, delay)); // the connection state already says it
    }
  }
}
