import { AnyonError } from '@/server/errors';

/**
 * Does something with the engine and gives it up after a while, sooner than the engine's own limit would: then it throws
 * `unavailable`. Made by hand, because `AbortSignal.any` keeps every signal that it was given alive as long as the longest-lived.
 */
export async function inTime<T>(milliseconds: number, caller: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  caller?.throwIfAborted();
  const controller = new AbortController();
  const late = () => controller.abort(new AnyonError('unavailable', `Nothing came back within ${Math.round(milliseconds / 1_000)} s.`));
  const end = () => controller.abort(caller?.reason);
  const timer = setTimeout(late, milliseconds);
  caller?.addEventListener('abort', end, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', end);
  }
}

/** Does it for each, so many at a time; the results in order. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>, atOnce: number): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += atOnce) results.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  return results;
}
