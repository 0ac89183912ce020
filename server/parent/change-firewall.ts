import { containerEngine } from '@/server/containers/container-engine';
import { checkFirewall, ensureFirewall, removeFirewall } from '@/server/egress/firewall';
import { AnyonError } from '@/server/errors';
import { egressUrl } from '@/server/parent/children';

/**
 * Sets this install's firewall rules, takes them away (`remove`) or looks at them (`check`); throws a sentence when they are
 * not as they should be. For `npm run up` without root, which calls it with sudo. Only `check` may be asked without root.
 */
export async function changeFirewall(what: string | undefined): Promise<void> {
  const proxy = new URL(egressUrl(await containerEngine().hostGateway()));
  if (what !== 'check' && process.getuid?.() !== 0) throw new AnyonError('precondition', 'Firewall rules can be changed by root only. Run this with sudo.');
  if (what === 'remove') return removeFirewall(proxy);
  const { problem } = what === 'check' ? await checkFirewall(proxy) : await ensureFirewall(proxy);
  if (problem) throw new AnyonError('precondition', problem);
}
