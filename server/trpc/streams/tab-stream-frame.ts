import superjson from 'superjson';
import type { TabStreamEvent } from '@/contract/tab-stream';

/** Bytes of frames that are kept for the next who is sent the same, as long as their text is (run-log-kept.ts). No WeakMap: what it holds outlives its key until the whole heap is collected, which comes late. */
const SHARED_BYTES = 1024 * 1024;

/** What follows the head of a frame, by the data it carries, the oldest first; null for what JSON alone cannot tell. */
const sharedRests = new Map<object, Buffer | null>();
let sharedBytes = 0;

/** An event of the stream itself, as the client library knows it: `connected`, `ping`, `return`, `serialized-error`. */
export function streamFrame(event: string, data = ''): Uint8Array[] {
  return [Buffer.from(`event: ${event}\ndata: ${data}\n\n`)];
}

/**
 * An event of a subscription, in pieces that follow each other. Data that is frozen is the same for everybody it is sent to, such as a
 * piece of a log: it is encoded once and held once for all who are sent it soon after each other, however many watch and however many of them stall.
 */
export function eventFrame(event: TabStreamEvent): Uint8Array[] {
  const rest = event.kind === 'data' ? sharedRest(event.data) : null;
  if (event.kind !== 'data' || !rest) return [Buffer.from(`data: ${superjson.stringify(event)}\n\n`)];
  return [Buffer.from(`data: {"json":{"kind":"data","id":${event.id},"eventId":${JSON.stringify(event.eventId)},"data":`), rest];
}

function sharedRest(data: unknown): Buffer | null {
  if (typeof data !== 'object' || data === null || !Object.isFrozen(data)) return null;
  const known = sharedRests.get(data);
  if (known !== undefined) return known;
  const { json, meta } = superjson.serialize(data);
  const rest = meta === undefined ? Buffer.from(`${JSON.stringify(json)}}}\n\n`) : null;
  sharedRests.set(data, rest);
  sharedBytes += sizeOf(rest);
  for (const [oldest, its] of sharedRests) {
    if (sharedBytes <= SHARED_BYTES) break;
    sharedRests.delete(oldest);
    sharedBytes -= sizeOf(its);
  }
  return rest;
}

/** With what an entry takes besides. */
function sizeOf(rest: Buffer | null): number {
  return (rest?.length ?? 0) + 512;
}
