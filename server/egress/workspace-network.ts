import { createHash } from 'node:crypto';
import type { EgressLevel } from '@/contract/egress';
import type { NetworkSpec } from '@/server/containers/engine';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

/** What of a workspace's row decides about its network. */
export interface NetworkedWorkspace {
  id: string;
  egressLevel: EgressLevel;
}

/** A network of its own, on which nobody else is. */
export function networkName(workspaceId: string): string {
  return `${env().ANYON_INSTANCE}-network-${workspaceId}`;
}

/**
 * What every bridge of this install begins with: the firewall's rules go by it. Four digits tell installs on one engine
 * apart; the name of an interface has room for no more.
 */
export function bridgePrefix(): string {
  return `an${shortHash(env().ANYON_INSTANCE, 4)}`;
}

/** Restricted networks lead to the egress proxy and nowhere else; open ones also to public addresses. */
export function isRestricted(level: EgressLevel): boolean {
  return level !== 'open';
}

/** The network of a workspace as it is to be at the next start. Another level is another bridge, so `ensureNetwork` replaces it then. */
export function workspaceNetworkSpec(workspace: NetworkedWorkspace): NetworkSpec {
  return {
    name: networkName(workspace.id),
    labels: { 'anyon.instance': env().ANYON_INSTANCE, 'anyon.workspace': workspace.id },
    bridge: `${bridgePrefix()}${isRestricted(workspace.egressLevel) ? 'r' : 'o'}${shortHash(workspace.id, 8)}`,
    pool: env().ANYON_ADDRESS_POOL,
  };
}

/**
 * Name servers of a workspace's container. Restricted ones have none: names are looked up by the proxy alone, for a lookup can
 * carry data out. 127.0.0.1 is the container's own, where nobody listens, so a lookup fails at once.
 */
export function workspaceDns(workspace: NetworkedWorkspace): string[] {
  return isRestricted(workspace.egressLevel) ? ['127.0.0.1'] : [];
}

/** Address and port of the egress proxy, as containers reach it: the given one, else that of the environment. Throws `precondition` when the parent did not say. */
export function egressAddress(given?: URL): { host: string; port: number } {
  const url = given ?? env().ANYON_EGRESS_URL;
  if (!url) throw new AnyonError('precondition', 'The egress proxy has no address (ANYON_EGRESS_URL). Start Anyon with `npm run up`.');
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 80) };
}

/** Variables by which git, npm, curl, pip, Node and Claude Code find the proxy. No secrets; the same for every workspace. */
export function egressEnvironment(): Record<string, string> {
  const { host, port } = egressAddress();
  const proxy = `http://${host}:${port}`;
  const none = 'localhost,127.0.0.1,::1';
  // Some programs read only the one spelling: curl takes no upper-case HTTP_PROXY, others take no lower-case one.
  return { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: none, no_proxy: none, NODE_USE_ENV_PROXY: '1' };
}

function shortHash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
