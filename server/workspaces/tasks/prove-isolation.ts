import type { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';
import { checkFirewall, ensureFirewall } from '@/server/egress/firewall';
import { lookFromInside, type Proof } from '@/server/egress/isolation-proof';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { workspaceUser } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/**
 * Lets a workspace go on only when the firewall rules are in force (missing ones are set) and it was seen from inside that it
 * reaches the egress proxy and nothing of this machine. Does nothing with ANYON_FIREWALL=off. Throws `precondition` when the
 * firewall is at fault, `unavailable` when the proxy does not answer, which may heal. `attendants` spare it a command of its own.
 */
export async function proveIsolation(engine: ContainerEngine, workspace: WorkspaceRow, containerId: string, signal: AbortSignal, attendants?: Attendants): Promise<void> {
  if (env().ANYON_FIREWALL === 'off') return;
  const { problem } = await ensureFirewall();
  if (problem) throw new AnyonError('precondition', `The workspace is not isolated, so nothing was run in it. ${problem}`);
  const proof = await lookFromInside(engine, { workspaceId: workspace.id, containerId, user: workspaceUser().text, attendants }, signal);
  if (proof.isolated) return;
  log().warn({ workspaceId: workspace.id, what: proof.what }, 'workspace: not isolated');
  throw await failure(proof);
}

async function failure({ cause, what }: Extract<Proof, { isolated: false }>): Promise<AnyonError> {
  if (cause === 'proxy') return new AnyonError('unavailable', `The workspace has no way out: ${what}. Anyon starts the proxy again by itself; if this stays, see whether another program has the port (ANYON_EGRESS_PORT).`);
  const { problem } = await checkFirewall();
  const fix = problem ?? 'The rules are there, so another firewall of this machine undoes them: see `iptables -S` and `nft list ruleset`.';
  return new AnyonError('precondition', `The workspace is not isolated: ${what}. Nothing was run in it. ${fix}`);
}
