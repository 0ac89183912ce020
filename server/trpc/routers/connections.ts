import { router } from '@/server/trpc/init';

export const connectionsRouter = router({});
