import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

/** Where the log collector is. Throws `precondition` where there is none. */
export function forwardAddress(): { host: string; port: number } {
  const { ANYON_FORWARD_ADDRESS: address } = env();
  if (address === undefined) throw new AnyonError('precondition', 'No log collector is named. Set ANYON_FORWARD_ADDRESS.');
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}
