import { router } from '@/server/trpc/init';

export const questionsRouter = router({});
