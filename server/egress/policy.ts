import net from 'node:net';
import type { EgressLevel } from '@/contract/egress';
import { isSameDestination, type Destination } from '@/server/outbound/destination';

/** What one workspace may reach, as its row says it. */
export interface WorkspacePolicy {
  workspaceId: string;
  level: EgressLevel;
  /** `example.com` or `*.example.com`. */
  hosts: readonly string[];
  repositories: readonly Destination[];
  /** Where the Claude accounts of its people answer: people set these addresses, so they may not be private. */
  accounts: readonly Destination[];
}

/** What holds for the IPv4 addresses of one network, as numbers. */
export interface NetworkPolicy {
  first: number;
  last: number;
  workspace: WorkspacePolicy;
}

/** What every workspace may reach. */
export interface CommonPolicy {
  /** Where the model answers; may have a private address. */
  model: readonly Destination[];
  /** What admins have opened although its address is private. */
  privateDestinations: readonly Destination[];
}

export type Verdict =
  | {
      allowed: true;
      /** Its address may be a private one. */
      mayBePrivate: boolean;
      /** A tunnel must carry TLS that names the same host, or an allowed address would lead to any site that it also serves. */
      mustNameHost: boolean;
    }
  | { allowed: false; reason: string };

/**
 * Whether a workspace may reach a destination, by name and port alone; its address is judged when it is known
 * (`judgeAddress`). Reasons are sentences that say what would allow it.
 */
export function judge(workspace: WorkspacePolicy, common: CommonPolicy, destination: Destination): Verdict {
  const { host, port } = destination;
  const isListed = (list: readonly Destination[]) => list.some((one) => isSameDestination(one, destination));
  const isAddress = net.isIP(host) !== 0;
  const mustNameHost = workspace.level !== 'open' && !isAddress;
  // What admins name may speak anything at ports of its own.
  if (isListed(common.model) || isListed(common.privateDestinations)) return { allowed: true, mayBePrivate: true, mustNameHost: mustNameHost && port === 443 };
  if (isListed(workspace.repositories) || isListed(workspace.accounts)) return { allowed: true, mayBePrivate: false, mustNameHost };
  switch (workspace.level) {
    case 'open':
      return { allowed: true, mayBePrivate: false, mustNameHost: false };
    case 'none':
      return { allowed: false, reason: `This workspace reaches its repositories and the model only. To reach ${host}, put it on an allow-list in the workspace's settings.` };
    case 'allow-list':
      if (isAddress) return { allowed: false, reason: `${host} is an address, and an allow-list has names. Use the host's name, and put it on the list in the workspace's settings.` };
      if (!workspace.hosts.some((pattern) => matches(pattern, host))) return { allowed: false, reason: `${host} is not on the workspace's allow-list. Add it in the workspace's settings.` };
      if (port !== 80 && port !== 443) return { allowed: false, reason: `An allow-list opens the ports 80 and 443, and this is port ${port}. Only the level "open" reaches it.` };
      return { allowed: true, mayBePrivate: false, mustNameHost };
  }
}

function matches(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) && host.length >= pattern.length : host === pattern;
}
