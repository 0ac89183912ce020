import { claudeLoginIdInput, enterClaudeCodeInput } from '@/contract/claude-login';
import { connectClaudeInput } from '@/contract/connection';
import { checkClaude, claudeConnection, connectClaude, disconnectClaude } from '@/server/connections/claude/claude-connection';
import { cancelClaudeLogin, claudeLogin, enterClaudeCode, startClaudeLogin } from '@/server/connections/claude/login/claude-logins';
import { procedure, router } from '@/server/trpc/init';

export const claudeConnectionRouter = router({
  current: procedure.member.query(({ ctx }) => claudeConnection(ctx.actor)),
  connect: procedure.member.input(connectClaudeInput).mutation(({ ctx, input }) => connectClaude(ctx.actor, input)),
  check: procedure.member.mutation(({ ctx }) => checkClaude(ctx.actor)),
  disconnect: procedure.member.mutation(({ ctx }) => disconnectClaude(ctx.actor)),
  login: procedure.member.query(({ ctx }) => claudeLogin(ctx.actor)),
  startLogin: procedure.member.mutation(({ ctx }) => startClaudeLogin(ctx.actor)),
  enterCode: procedure.member.input(enterClaudeCodeInput).mutation(({ ctx, input }) => enterClaudeCode(ctx.actor, input)),
  cancelLogin: procedure.member.input(claudeLoginIdInput).mutation(({ ctx, input }) => cancelClaudeLogin(ctx.actor, input)),
});
