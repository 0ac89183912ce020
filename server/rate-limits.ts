import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

/** So many times within so many seconds; the count begins anew when they are over. */
export interface Rate {
  points: number;
  seconds: number;
}

/** Too often: `retryAfterSeconds` is for the header Retry-After. */
export class RateLimitedError extends AnyonError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('limit_reached', `That was too often. Wait ${retryAfterSeconds} ${retryAfterSeconds === 1 ? 'second' : 'seconds'}, then try again.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Counts one use of `name` by `key` (a person, an address) and throws `RateLimitedError` when it is one too many. Kept in the
 * memory of this process: a restart forgets it. Await it before the work that it guards; what is refused counts as well.
 */
export async function limitRate(name: string, key: string, rate: Rate): Promise<void> {
  try {
    await limiter(name, rate).consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new RateLimitedError(Math.max(1, Math.ceil(refused.msBeforeNext / 1000)));
  }
}

/** Takes one use back that turned out to be none to fear, such as a sign-in that succeeded. */
export async function forgiveRate(name: string, key: string, rate: Rate): Promise<void> {
  await limiter(name, rate).reward(key);
}

/** Forgets every count; for tests. */
export function forgetRates(): void {
  limiters().clear();
}

function limiters(): Map<string, RateLimiterMemory> {
  return processState('rate-limits', () => new Map<string, RateLimiterMemory>());
}

function limiter(name: string, { points, seconds }: Rate): RateLimiterMemory {
  const known = limiters().get(name);
  if (known) return known;
  const made = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
  limiters().set(name, made);
  return made;
}
