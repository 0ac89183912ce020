/**
 * A W3C trace context with which a request of this page begins a trace. The page itself tells the collector nothing, so it does not count as sampled; the
 * server decides by the trace id.
 */
export function newTraceparent(): string {
  const hex = (bytes: number) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `00-${hex(16)}-${hex(8)}-00`;
}
