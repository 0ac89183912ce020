import { router } from '@/server/trpc/init';

export const terminalsRouter = router({});
