import { router } from '@/server/trpc/init';

export const alertsRouter = router({});
