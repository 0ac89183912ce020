import type { AnyTRPCRouter } from '@trpc/server';
import { changeTabStreamInput, followTabStreamInput } from '@/contract/tab-stream';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { assertRoomForTab } from '@/server/trpc/stream-limit';
import { changeTabStream, followTabStream } from '@/server/trpc/streams/tab-stream';
import { whileSignedIn } from '@/server/trpc/while-signed-in';

/** Carries the subscriptions of `nouns` and nothing else; this router is none of them, so no stream carries a stream. */
export function streamsRouter(nouns: AnyTRPCRouter) {
  return router({
    /** One per browser tab: all that it follows. */
    follow: procedure.member.input(followTabStreamInput).subscription(({ ctx, input, signal }) => {
      assertRoomForTab(ctx.actor);
      return whileSignedIn({ actor: ctx.actor, signal, counts: 'tab' }, (until) => followTabStream(nouns, ctx.actor, input.subscriptions, until));
    }),
    change: rateLimited('live view change').input(changeTabStreamInput).mutation(({ ctx, input }) => changeTabStream(nouns, ctx.actor, input)),
  });
}
