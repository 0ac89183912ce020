import type { TRPCClient } from '@trpc/client';
import type { AppRouter } from '@/server/trpc/router';
import type { LogPosition, LogStream } from '@/contract/run-log';
import { LogRangeError, type LogRange, readLogBefore, readLogRange, readLogTail } from '@/components/runs/run-log-range';
import { RunLogStore } from '@/components/runs/run-log-store';

export const pieceBytes = 256 * 1024;
const bigPieceBytes = 4 * 1024 * 1024;
const firstRetryMs = 250;
const lastRetryMs = 5000;
const cheapMs = 12;
const fromTheStart: LogRange = { text: '', from: 0, to: 0 };

/** A run's log on the screen: its store, and what a person can ask of it. */
export interface FollowedLog {
  store: RunLogStore;
  /** Loads the piece in front of what is shown; false when there is none. */
  loadEarlier: (stream: LogStream) => Promise<boolean>;
  loadAll: () => Promise<void>;
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
  let stop = () => {};
  void readTails(store, runId, known, abort.signal).then((ready) => {
    if (ready && !abort.signal.aborted) stop = subscribe(client, runId, store, known.complete);
  });
  const loadEarlier = (stream: LogStream) => loadBefore(store, runId, stream, pieceBytes, abort.signal);
  return {
    store,
    loadEarlier,
    loadAll: () => loadEverything(store, runId, abort.signal),
    close: () => {
      abort.abort();
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

async function loadBefore(store: RunLogStore, runId: string, stream: LogStream, bytes: number, signal: AbortSignal): Promise<boolean> {
  const before = store.lines.loadedFrom[stream];
  if (before === 0 || store.getSnapshot().loadingEarlier) return false;
  store.update({ loadingEarlier: true, problem: null });
  try {
    store.addEarlier(stream, await readLogBefore(runId, stream, before, bytes, signal));
    return true;
  } catch (error) {
    store.update({ problem: error instanceof LogRangeError ? error.message : 'Earlier output could not be loaded: the server does not answer. Try again.' });
    return false;
  } finally {
    store.update({ loadingEarlier: false });
  }
}

async function loadEverything(store: RunLogStore, runId: string, signal: AbortSignal): Promise<void> {
  for (const stream of ['out', 'err'] as const) {
    while (!signal.aborted && (await loadBefore(store, runId, stream, bigPieceBytes, signal)));
  }
}
