import { tracked } from '@trpc/server';
import { followTerminalInput, listTerminalsInput, openTerminalInput, resizeTerminalInput, terminalIdInput, writeTerminalInput } from '@/contract/terminal';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { whileSignedIn } from '@/server/trpc/while-signed-in';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { closeTerminal } from '@/server/workspaces/terminals/close-terminal';
import { followTerminal, terminalToFollow, type FollowedTerminalEvent } from '@/server/workspaces/terminals/follow-terminal';
import { listTerminals } from '@/server/workspaces/terminals/list-terminals';
import { openTerminal } from '@/server/workspaces/terminals/open-terminal';
import { resizeTerminal, typeKeys } from '@/server/workspaces/terminals/use-terminal';

export const terminalsRouter = router({
  list: procedure.member.input(listTerminalsInput).query(async ({ ctx, input }) => listTerminals(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  open: rateLimited('terminal opening').input(openTerminalInput).mutation(async ({ ctx, input }) => openTerminal(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  write: rateLimited('terminal keys').input(writeTerminalInput).mutation(async ({ ctx, input }) => typeKeys(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  resize: rateLimited('terminal size').input(resizeTerminalInput).mutation(async ({ ctx, input }) => resizeTerminal(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  close: procedure.member.input(terminalIdInput).mutation(async ({ ctx, input }) => closeTerminal(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input.terminalId)),
  /** What it prints from a byte on, as it comes; ends with the reason when the shell is over. */
  follow: procedure.member.input(followTerminalInput).subscription(async ({ ctx, input, signal }) => {
    const followed = await terminalToFollow(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input);
    return asTracked(whileSignedIn({ actor: ctx.actor, signal }, (until) => followTerminal(followed, until)));
  }),
});

/** Gives every event the id by which the browser comes back. All that may be refused was refused before: here it would be retried for ever. */
async function* asTracked(events: AsyncIterable<FollowedTerminalEvent>) {
  for await (const { id, event } of events) yield tracked(id, event);
}
