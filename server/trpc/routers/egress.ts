import { router } from '@/server/trpc/init';

export const egressRouter = router({});
