import { router } from '@/server/trpc/init';

export const reviewRouter = router({});
