import { AnyonError } from '@/server/errors';
import { isOwnNetwork } from '@/server/containers/hardened-profile';

const createKeys = new Set(['Name', 'Driver', 'CheckDuplicate', 'EnableIPv6', 'Options', 'IPAM', 'Labels']);
/** Containers of one network may not talk to each other. The daemon's own `icc` setting does not reach user-defined networks. */
export const isolationOption = 'com.docker.network.bridge.enable_icc';
/** Name of the bridge interface on the host. */
export const bridgeOption = 'com.docker.network.bridge.name';

/**
 * The last check before the socket of a network to be created: throws `forbidden` unless it is a bridge of its own name,
 * without IPv6, that keeps its containers apart, and has no other options.
 */
export function assertIsolatedNetwork(body: Readonly<Record<string, unknown>>): void {
  const { Name: name, Driver: driver, EnableIPv6: ipv6, Options: options } = body;
  const known = Object.keys(body).every((key) => createKeys.has(key));
  const plainOptions = typeof options === 'object' && options !== null && Object.keys(options).every((key) => key === isolationOption || key === bridgeOption);
  const isolated = plainOptions && (options as Record<string, unknown>)[isolationOption] === 'false';
  const own = typeof name === 'string' && isOwnNetwork(name) && driver === 'bridge' && ipv6 !== true;
  if (!known || !isolated || !own) throw new AnyonError('forbidden', 'Anyon refuses to create this network: it is not an isolated bridge.');
}

/** The same for a container that is put on a network: never a shared one, and without an address or names of its own. */
export function assertPlainConnect(path: string, body: Readonly<Record<string, unknown>>): void {
  const network = path.split('/')[2] ?? '';
  const plain = Object.keys(body).length === 1 && typeof body['Container'] === 'string';
  if (!plain || !isOwnNetwork(network)) throw new AnyonError('forbidden', 'Anyon refuses to put this container on that network.');
}
