import { router } from '@/server/trpc/init';

export const followUpsRouter = router({});
