import { router } from '@/server/trpc/init';

export const publishingRouter = router({});
