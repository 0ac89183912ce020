import { tracked } from '@trpc/server';
import { conversationEventsInput, followConversationInput, type ConversationNews } from '@/contract/conversation';
import { runIdInput } from '@/contract/run';
import { requireRunAccess } from '@/server/runs/access';
import { beginningOf, followConversation } from '@/server/runs/conversation/follow-conversation';
import { listConversationRuns, readConversation } from '@/server/runs/conversation/read-conversation';
import { procedure, router } from '@/server/trpc/init';
import { whileSignedIn } from '@/server/trpc/while-signed-in';

export const conversationsRouter = router({
  events: procedure.member.input(conversationEventsInput).query(async ({ ctx, input }) => readConversation(await requireRunAccess(ctx.actor, input.runId), input)),
  runs: procedure.member.input(runIdInput).query(async ({ ctx, input }) => listConversationRuns(await requireRunAccess(ctx.actor, input.runId))),
  /** The events from a place on, live; ends with `{kind: 'end'}` when the run is final and all of them were sent. */
  follow: procedure.member.input(followConversationInput).subscription(async ({ ctx, input, signal }) => {
    const access = await requireRunAccess(ctx.actor, input.runId);
    const from = beginningOf(input);
    return asTracked(whileSignedIn({ actor: ctx.actor, signal }, (until) => followConversation(access, from, until)));
  }),
});

/** Gives every piece the id by which the browser comes back. All that may be refused was refused before: here it would be retried for ever. */
async function* asTracked(pieces: AsyncIterable<{ id: string; news: ConversationNews }>) {
  for await (const { id, news } of pieces) yield tracked(id, news);
}
