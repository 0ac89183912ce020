import { sessionIdInput } from '@/contract/person';
import { signInWays } from '@/server/auth/sign-in-ways';
import { endAllSessions, endSession, listOwnSessions, ownProfile } from '@/server/people/own-sessions';
import { procedure, router } from '@/server/trpc/init';

export const sessionRouter = router({
  /** Who is asking, and how one could sign in. */
  me: procedure.public.query(({ ctx }) => ({ actor: ctx.actor, signIn: signInWays() })),
  profile: procedure.member.query(({ ctx }) => ownProfile(ctx.actor)),
  /** The browsers in which the actor is signed in. */
  list: procedure.member.query(({ ctx }) => listOwnSessions(ctx.actor)),
  end: procedure.member.input(sessionIdInput).mutation(({ ctx, input }) => endSession(ctx.actor, input)),
  /** Signs out everywhere, this browser included. */
  endAll: procedure.member.mutation(({ ctx }) => endAllSessions(ctx.actor)),
});
