import { router } from '@/server/trpc/init';

export const templatesRouter = router({});
