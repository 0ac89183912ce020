import { router } from '@/server/trpc/init';

export const boardRouter = router({});
