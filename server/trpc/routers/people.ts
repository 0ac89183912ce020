import { router } from '@/server/trpc/init';

export const peopleRouter = router({});
