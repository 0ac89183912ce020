import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { parseDestination, type Destination } from '@/server/outbound/destination';

/** The private destinations of ANYON_EGRESS_PRIVATE. Throws `invalid` for a text that is not `host:port, host:port`. */
export function privateDestinationsOfEnvironment(): Destination[] {
  const entries = env().ANYON_EGRESS_PRIVATE.split(',').map((entry) => entry.trim()).filter(Boolean);
  return entries.map((entry) => {
    const destination = parseDestination(entry);
    if (destination) return destination;
    throw new AnyonError('invalid', `ANYON_EGRESS_PRIVATE must be host:port, separated by commas; "${entry.slice(0, 100)}" is not.`);
  });
}
