import { router } from '@/server/trpc/init';

export const gitHubConnectionRouter = router({});
