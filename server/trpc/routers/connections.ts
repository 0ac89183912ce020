import { router } from '@/server/trpc/init';
import { claudeConnectionRouter } from '@/server/trpc/routers/claude-connection';
import { gitHubConnectionRouter } from '@/server/trpc/routers/github-connection';

export const connectionsRouter = router({ gitHub: gitHubConnectionRouter, claude: claudeConnectionRouter });
