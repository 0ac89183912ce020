import { systemStatus } from '@/server/deployment/system-status';
import { procedure, router } from '@/server/trpc/init';

export const systemRouter = router({
  status: procedure.member.query(() => systemStatus()),
});
