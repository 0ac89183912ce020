import { setTimeout as sleep } from 'node:timers/promises';
import { AnyonError } from '@/server/errors';

/**
 * One abort signal for one call to the engine: it fires when the caller aborts or when the time is over. Made by hand
 * because `AbortSignal.any` keeps every signal it was given alive for as long as the longest-lived of them.
 */
export interface Deadline {
  signal: AbortSignal;
  /** Stops the clock (a stream has begun); the caller's signal still counts. */
  stopClock(): void;
  /** Lets go of the clock and of the caller's signal. Call it always. */
  release(): void;
  /** Aborts the call itself. */
  abort(): void;
  /** Throws what ended the call early: the caller's own abort reason, or `unavailable` when time ran out. Returns when neither did. */
  throwIfOver(): void;
}

/** Starts the clock; `timeoutMs` null means no limit. `action` is a verb phrase for the message. */
export function startDeadline(action: string, timeoutMs: number | null, caller: AbortSignal | undefined): Deadline {
  caller?.throwIfAborted();
  const controller = new AbortController();
  let expired = false;
  const onCallerAbort = () => controller.abort(caller?.reason);
  caller?.addEventListener('abort', onCallerAbort, { once: true });
  const timer =
    timeoutMs === null
      ? undefined
      : setTimeout(() => {
          expired = true;
          controller.abort();
        }, timeoutMs);
  return {
    signal: controller.signal,
    stopClock: () => clearTimeout(timer),
    release() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onCallerAbort);
    },
    abort: () => controller.abort(),
    throwIfOver() {
      caller?.throwIfAborted();
      if (expired) throw new AnyonError('unavailable', timeoutMessage(action, timeoutMs ?? 0));
    },
  };
}

function timeoutMessage(action: string, timeoutMs: number): string {
  const seconds = Math.round(timeoutMs / 100) / 10;
  return `Could not ${action}: Docker did not answer within ${seconds} s. It may be overloaded or hung; check it with \`docker info\` and restart it if need be.`;
}

/** Waits; a caller that aborts gets its own reason. */
export async function pause(milliseconds: number, caller: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, caller ? { signal: caller } : {}).catch(() => caller?.throwIfAborted());
}
