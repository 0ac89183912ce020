import { claudeLoginIdInput, enterClaudeCodeInput } from '@/contract/claude-login';
import { connectClaudeInput } from '@/contract/connection';
import { checkClaude, claudeConnection, connectClaude, disconnectClaude } from '@/server/connections/claude/claude-connection';
import { cancelClaudeLogin, claudeLogin, enterClaudeCode, startClaudeLogin } from '@/server/connections/claude/login/claude-logins';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';

export const claudeConnectionRouter = router({
  current: procedure.member.query(({ ctx }) => claudeConnection(ctx.actor)),
  connect: rateLimited('connection check').input(connectClaudeInput).mutation(({ ctx, input }) => connectClaude(ctx.actor, input)),
  check: rateLimited('connection check').mutation(({ ctx }) => checkClaude(ctx.actor)),
  disconnect: procedure.member.mutation(({ ctx }) => disconnectClaude(ctx.actor)),
  login: procedure.member.query(({ ctx }) => claudeLogin(ctx.actor)),
  startLogin: rateLimited('connection check').mutation(({ ctx }) => startClaudeLogin(ctx.actor)),
  enterCode: rateLimited('connection check').input(enterClaudeCodeInput).mutation(({ ctx, input }) => enterClaudeCode(ctx.actor, input)),
  cancelLogin: procedure.member.input(claudeLoginIdInput).mutation(({ ctx, input }) => cancelClaudeLogin(ctx.actor, input)),
});
