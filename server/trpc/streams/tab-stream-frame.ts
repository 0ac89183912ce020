import superjson from 'superjson';
import type { TabStreamEvent } from '@/contract/tab-stream';

/** An event of the stream itself, as the client library knows it: `connected`, `ping`, `return`, `serialized-error`. */
export function streamFrame(event: string, data = ''): Uint8Array {
  return Buffer.from(`event: ${event}\ndata: ${data}\n\n`);
}

/** An event of a subscription. */
export function eventFrame(event: TabStreamEvent): Uint8Array {
  return Buffer.from(`data: ${superjson.stringify(event)}\n\n`);
}
