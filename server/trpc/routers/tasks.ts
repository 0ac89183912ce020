import { router } from '@/server/trpc/init';

export const tasksRouter = router({});
