import { containerEngine } from '@/server/containers/container-engine';
import { ensureFirewall, removeFirewall } from '@/server/egress/firewall';
import { AnyonError } from '@/server/errors';
import { egressUrl } from '@/server/parent/children';

/** Sets this install's firewall rules or takes them away; throws a sentence when that did not work. For `npm run up` without root, which calls it with sudo. */
export async function changeFirewall(remove: boolean): Promise<void> {
  if (process.getuid?.() !== 0) throw new AnyonError('precondition', 'Firewall rules can be changed by root only. Run this with sudo.');
  const proxy = new URL(egressUrl(await containerEngine().hostGateway()));
  if (remove) return removeFirewall(proxy);
  const { problem } = await ensureFirewall(proxy);
  if (problem) throw new AnyonError('precondition', problem);
}
