import { router } from '@/server/trpc/init';

export const conversationsRouter = router({});
