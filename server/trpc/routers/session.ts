import { signInWays } from '@/server/auth/sign-in-ways';
import { procedure, router } from '@/server/trpc/init';

export const sessionRouter = router({
  /** Who is asking, and how one could sign in. */
  me: procedure.public.query(({ ctx }) => ({ actor: ctx.actor, signIn: signInWays() })),
});
