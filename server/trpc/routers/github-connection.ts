import { connectGitHubInput, repositoryBranchesInput, searchRepositoriesInput } from '@/contract/connection';
import { checkGitHub } from '@/server/connections/github/check-github';
import { connectGitHubToken, disconnectGitHub } from '@/server/connections/github/connect-github';
import { gitHubStateOf } from '@/server/connections/github/github-connection';
import { branchesOf, searchRepositories } from '@/server/connections/github/repository-choices';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';

/** Everybody's own connection, and nobody else's. */
export const gitHubConnectionRouter = router({
  current: procedure.member.query(({ ctx }) => gitHubStateOf(ctx.actor)),
  connect: rateLimited('connection check').input(connectGitHubInput).mutation(({ ctx, input }) => connectGitHubToken(ctx.actor, input)),
  check: rateLimited('connection check').mutation(({ ctx }) => checkGitHub(ctx.actor)),
  disconnect: procedure.member.mutation(({ ctx }) => disconnectGitHub(ctx.actor)),
  repositories: procedure.member.input(searchRepositoriesInput).query(({ ctx, input }) => searchRepositories(ctx.actor, input)),
  branches: procedure.member.input(repositoryBranchesInput).query(({ ctx, input }) => branchesOf(ctx.actor, input)),
});
