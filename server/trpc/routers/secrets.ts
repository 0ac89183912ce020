import { secretIdInput, setSecretInput } from '@/contract/secret';
import { deletePersonSecret, setSecret } from '@/server/secrets/change-person-secrets';
import { listSecrets } from '@/server/secrets/person-secrets';
import { keyRotation } from '@/server/secrets/rotate-keys';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';

/** A person's own secrets. No procedure returns a value. */
export const secretsRouter = router({
  list: procedure.member.query(({ ctx }) => listSecrets(ctx.actor)),
  set: rateLimited('secret change').input(setSecretInput).mutation(({ ctx, input }) => setSecret(ctx.actor, input)),
  delete: rateLimited('secret change').input(secretIdInput).mutation(({ ctx, input }) => deletePersonSecret(ctx.actor, input.secretId)),
  /** Which key seals everything, and how far a change of it has come. */
  keyRotation: procedure.admin.query(() => keyRotation()),
});
