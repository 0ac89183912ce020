import type { TabStreamEvent } from '@/contract/tab-stream';
import { encodedTexts } from '@/server/encoded-texts';
import { stringify } from '@/server/trpc/serialize';

const NO_TEXT = '"text":""';

/** An event of the stream itself, as the client library knows it: `connected`, `ping`, `return`, `serialized-error`. */
export function streamFrame(event: string, data = ''): Uint8Array {
  return Buffer.from(`event: ${event}\ndata: ${data}\n\n`);
}

/** An event of a subscription. The long `text` of its data, a piece of a log that many may watch, is made JSON once for all of them. */
export function eventFrame(event: TabStreamEvent): Uint8Array {
  if (event.kind !== 'data' || !isFlat(event.data)) return frame('data: ', stringify(event), '\n\n');
  const { text } = event.data;
  const encoded = typeof text === 'string' ? encodedTexts().bytesOf(text) : null;
  if (!encoded) return frame('data: {"json":', JSON.stringify(event), '}\n\n');
  const json = JSON.stringify({ ...event, data: { ...event.data, text: '' } });
  const at = json.lastIndexOf(NO_TEXT) + NO_TEXT.length - 2;
  return frame(`data: {"json":${json.slice(0, at)}`, encoded, `${json.slice(at + 2)}}\n\n`);
}

/** One after the other, without a long text of all three in between. */
function frame(before: string, body: string | Uint8Array, after: string): Uint8Array {
  const [start, length, end] = [Buffer.byteLength(before), Buffer.byteLength(body), Buffer.byteLength(after)];
  const bytes = Buffer.allocUnsafe(start + length + end);
  bytes.write(before);
  if (typeof body === 'string') bytes.write(body, start);
  else bytes.set(body, start);
  bytes.write(after, start + length);
  return bytes;
}

/** True of what superjson writes as JSON does, without a word about types. */
function isFlat(data: unknown): data is Record<string, string | number | boolean | null> {
  if (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) !== Object.prototype) return false;
  return Object.values(data).every((value) => value === null || typeof value === 'string' || typeof value === 'boolean' || (Number.isFinite(value) && !Object.is(value, -0)));
}
