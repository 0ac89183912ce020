import { apiTokenIdInput, createApiTokenInput } from '@/contract/api-token';
import { createToken } from '@/server/people/api-tokens/create-token';
import { revokeToken } from '@/server/people/api-tokens/revoke-token';
import { listOwnTokens, listTokensOfOthers } from '@/server/people/api-tokens/token-views';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';

/** For signed-in browsers only: no token reaches tokens. */
export const apiTokensRouter = router({
  list: procedure.member.query(({ ctx }) => listOwnTokens(ctx.actor)),
  ofOthers: procedure.admin.query(({ ctx }) => listTokensOfOthers(ctx.actor)),
  create: rateLimited('secret change').input(createApiTokenInput).mutation(({ ctx, input }) => createToken(ctx.actor, input)),
  revoke: procedure.member.input(apiTokenIdInput).mutation(({ ctx, input }) => revokeToken(ctx.actor, input)),
});
