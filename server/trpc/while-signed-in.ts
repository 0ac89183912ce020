import { TRPCError } from '@trpc/server';
import type { Actor } from '@/contract/actor';
import { isStillSignedIn } from '@/server/auth/actor';
import { occupy, type Counted } from '@/server/trpc/stream-limit';
import { untilShutdown } from '@/server/trpc/until-shutdown';

/** A revoked session or a disabled person loses open streams within this time. */
const CHECK_EVERY_MS = 4_000;

/**
 * What every subscription of a member is run by: `untilShutdown`, and it ends with `unauthenticated` soon after the actor's
 * session has ended. When the database cannot say, the stream ends with a retryable error: the browser comes back and is
 * asked again. `make` must let go of everything when its signal fires.
 */
export async function* whileSignedIn<T>(
  options: { actor: Actor; signal: AbortSignal | undefined; counts?: Counted; checkEveryMs?: number },
  make: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const leave = occupy(options.counts ?? 'view', options.actor);
  const ended = new AbortController();
  let checking = false;
  const timer = setInterval(() => {
    if (checking) return;
    checking = true;
    isStillSignedIn(options.actor)
      .then((yes) => { if (!yes) ended.abort(signedOut()); }, (cause: unknown) => ended.abort(unavailable(cause)))
      .finally(() => { checking = false; });
  }, options.checkEveryMs ?? CHECK_EVERY_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
  try {
    yield* untilShutdown(signal, make);
  } finally {
    clearInterval(timer);
    leave();
  }
  if (ended.signal.reason instanceof TRPCError) throw ended.signal.reason;
}

function signedOut(): TRPCError {
  return new TRPCError({ code: 'UNAUTHORIZED', message: 'Your sign-in has ended or changed. Reload the page to go on.' });
}

function unavailable(cause: unknown): TRPCError {
  return new TRPCError({ code: 'SERVICE_UNAVAILABLE', message: 'The database does not answer. The page goes on by itself when it does.', cause });
}
