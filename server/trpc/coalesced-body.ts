/** A piece is sent on at this size even if more is at hand. */
const MAX_PIECE_BYTES = 256 * 1024;
const NOTHING_YET = Symbol('nothing yet');

/**
 * The same bytes in fewer pieces: what becomes available in one turn of the event loop is passed on together. tRPC makes three or
 * four pieces of each server-sent event, and each piece is a system call and a packet; with many open logs those are most of what a
 * line costs. Still pulled by its reader, and cancelled with it.
 */
export function coalescedBody(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let pending: ReturnType<typeof reader.read> | null = null;

  async function take(): Promise<{ pieces: Uint8Array[]; done: boolean }> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    let turn: Promise<typeof NOTHING_YET> | null = null;
    while (bytes < MAX_PIECE_BYTES) {
      const next = pending ?? reader.read();
      pending = next;
      const read = turn ? await Promise.race([next, turn]) : await next;
      if (read === NOTHING_YET) break;
      pending = null;
      if (read.done) return { pieces, done: true };
      pieces.push(read.value);
      bytes += read.value.length;
      turn ??= new Promise((resolve) => setImmediate(resolve, NOTHING_YET));
    }
    return { pieces, done: false };
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { pieces, done } = await take();
        if (pieces.length > 0) controller.enqueue(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
        if (done) controller.close();
      },
      cancel: async (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
