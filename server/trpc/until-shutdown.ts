import { TRPCError } from '@trpc/server';
import { shutdownController } from '@/server/shutdown';

/**
 * Runs a subscription until the browser leaves, the generator ends, or this process is told to end. In the last case it
 * throws a retryable error: a plain return would tell the browser that the stream is finished, and it would not come back.
 * `make` gets a signal that covers both reasons to stop and must let go of everything when it fires.
 */
export async function* untilShutdown<T>(signal: AbortSignal | undefined, make: (signal: AbortSignal) => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const shutdown = shutdownController().signal;
  const either = signal ? AbortSignal.any([signal, shutdown]) : shutdown;
  try {
    yield* make(either);
  } catch (error) {
    if (!either.aborted) throw error; // what a reader throws because it was aborted is not news
  }
  if (shutdown.aborted) throw restarting();
}

function restarting(): TRPCError {
  return new TRPCError({ code: 'SERVICE_UNAVAILABLE', message: 'Anyon is restarting. The page goes on by itself in a moment.' });
}
