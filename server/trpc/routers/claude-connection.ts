import { router } from '@/server/trpc/init';

export const claudeConnectionRouter = router({});
