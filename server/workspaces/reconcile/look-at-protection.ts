import { workspacesWithoutQuota } from '@/server/deployment/disk-quota';
import { checkFirewall } from '@/server/egress/firewall';
import { env } from '@/server/env';
import type { Protection } from '@/server/workspaces/reconcile/machine';

/** The firewall of this install, and the disk limits of these workspaces. */
export async function lookAtProtection(limited: readonly string[]): Promise<Protection> {
  const { problem } = await checkFirewall();
  return {
    firewallProblem: problem,
    maySetFirewall: env().ANYON_FIREWALL === 'on' && process.getuid?.() === 0,
    withoutQuota: await workspacesWithoutQuota(limited),
  };
}
