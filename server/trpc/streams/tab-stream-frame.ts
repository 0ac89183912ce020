import superjson from 'superjson';
import type { TabStreamEvent } from '@/contract/tab-stream';
import { processState } from '@/server/process-state';
import { EncodedTexts } from '@/server/trpc/streams/encoded-texts';

/** Of a shorter text the JSON is made sooner than it is found. */
const LONG_TEXT = 4_096;
const NO_TEXT = '"text":""';

/** An event of the stream itself, as the client library knows it: `connected`, `ping`, `return`, `serialized-error`. */
export function streamFrame(event: string, data = ''): Uint8Array {
  return Buffer.from(`event: ${event}\ndata: ${data}\n\n`);
}

/** An event of a subscription. The long `text` of its data, a piece of a log that many may watch, is made JSON once for all of them. */
export function eventFrame(event: TabStreamEvent): Uint8Array {
  return frameAroundText(event) ?? Buffer.from(`data: ${superjson.stringify(event)}\n\n`);
}

/** Null when the event has no such text, or its place in the JSON cannot be told. */
function frameAroundText(event: TabStreamEvent): Uint8Array | null {
  if (event.kind !== 'data' || typeof event.data !== 'object' || event.data === null || !('text' in event.data)) return null;
  const { text } = event.data;
  if (typeof text !== 'string' || text.length < LONG_TEXT) return null;
  const [before, after, ...more] = superjson.stringify({ ...event, data: { ...event.data, text: '' } }).split(NO_TEXT);
  if (after === undefined || more.length > 0) return null;
  return processState('encoded-texts', () => new EncodedTexts()).between(`data: ${before}"text":`, text, `${after}\n\n`);
}
