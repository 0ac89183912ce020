import { env } from '@/server/env';
import { destinationOfUrl, type Destination } from '@/server/outbound/destination';

/** Where the model answers: the simulator's address, and the API that Claude Code talks to. */
export function modelDestinations(): Destination[] {
  const simulator = destinationOfUrl(env().ANYON_SIMULATOR_URL ?? '');
  return [...(simulator ? [simulator] : []), { host: 'api.anthropic.com', port: 443 }];
}
