import { router } from '@/server/trpc/init';

export const secretsRouter = router({});
