import { limitRate, RateLimitedError, type Rate } from '@/server/rate-limits';
import { procedure } from '@/server/trpc/init';

/** What one person may ask for within a minute: more than anybody does by hand, less than a loop gone wild. */
const rates = {
  'run start': { points: 120, seconds: 60 },
  'workspace creation': { points: 120, seconds: 60 },
  'secret change': { points: 30, seconds: 60 },
  publishing: { points: 60, seconds: 60 },
  'connection check': { points: 30, seconds: 60 },
  'log search': { points: 240, seconds: 60 },
  'look at previews': { points: 240, seconds: 60 }, // each asks the container, every few seconds in each tab
  'terminal opening': { points: 30, seconds: 60 },
  'terminal keys': { points: 6_000, seconds: 60 }, // a key held down, in several tabs
  'live view change': { points: 2_400, seconds: 60 }, // every step from page to page is one or two
  'terminal size': { points: 1_200, seconds: 60 },
} as const satisfies Record<string, Rate>;

/** A procedure of a member that counts each call against that person's rate and refuses with `limit_reached` beyond it, before it looks at the input. */
export function rateLimited(what: keyof typeof rates) {
  return procedure.member.use(async ({ ctx, next }) => {
    await limitRate(what, ctx.actor.userId, rates[what]);
    return next();
  });
}

/** For the header Retry-After of an answer; null when none of its calls was refused for its rate. */
export function retryAfterSeconds(errors: readonly { cause?: unknown }[]): number | null {
  const waits = errors.flatMap(({ cause }) => (cause instanceof RateLimitedError ? [cause.retryAfterSeconds] : []));
  return waits.length > 0 ? Math.max(...waits) : null;
}
