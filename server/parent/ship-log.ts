import { env } from '@/server/env';
import { log } from '@/server/log';

/** Ships the log of all processes to the collector of ANYON_FORWARD_ADDRESS; without that variable nothing of it is even loaded. Returns what ends it. */
export function shipServerLog(): () => void {
  const ending = new AbortController();
  if (env().ANYON_FORWARD_ADDRESS !== undefined) void ship(ending.signal).catch((error: unknown) => log().error({ err: error }, 'shipping: could not begin'));
  return () => ending.abort();
}

async function ship(signal: AbortSignal): Promise<void> {
  const [{ LogShipper }, { ForwardSender }] = await Promise.all([import('@/server/telemetry/log-shipper'), import('@/server/telemetry/forward-sender')]);
  await new LogShipper(new ForwardSender()).run(signal);
}
