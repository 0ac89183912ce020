import { router } from '@/server/trpc/init';

export const noticesRouter = router({});
