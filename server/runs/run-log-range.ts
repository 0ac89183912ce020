import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { parseByteRange, type RequestedRange } from '@/server/runs/byte-range';

const PIECE_BYTES = 256 * 1024;

/** The part of an HTTP request that matters here; a `Request` is one. */
export interface RangeRequest {
  readonly method: string;
  readonly headers: Headers;
}

export interface ServedLog {
  /** The masked file. If there is none the log is empty: the run has not written yet. */
  path: string;
  /** True if the file does not grow any more; then it has an ETag and may be kept. */
  final: boolean;
  /** Only these bytes, whatever range is asked for: some lines of it. */
  slice?: { from: number; to: number };
  /** Offered as the name of a download; without it the log is shown. */
  downloadName?: string;
}

/**
 * Answers GET and HEAD for a masked log: 200, 206 for one range of bytes, 416 if it lies behind the end. The length is that of
 * this moment; what a live run writes later is not part of the answer. The body is read as fast as the client takes it.
 */
export async function readRunLogRange(request: RangeRequest, log: ServedLog): Promise<Response> {
  const file = await openIfThere(log.path);
  try {
    const size = file ? (await file.stat()).size : 0;
    const etag = log.final && !log.slice ? `"${size}"` : null;
    const headers = commonHeaders(log, etag);
    if (etag && request.headers.get('if-none-match') === etag) return await answer(file, new Response(null, { status: 304, headers }));
    const range = log.slice ? null : requestedRange(request, size, etag);
    if (range?.kind === 'unsatisfiable') {
      headers.set('Content-Range', `bytes */${size}`);
      return await answer(file, new Response(null, { status: 416, headers }));
    }
    const { from, to } = log.slice ?? (range?.kind === 'part' ? range : { from: 0, to: size });
    if (range?.kind === 'part') headers.set('Content-Range', `bytes ${from}-${to - 1}/${size}`);
    headers.set('Content-Length', String(to - from));
    const status = range?.kind === 'part' ? 206 : 200;
    if (!file || from === to || request.method === 'HEAD') return await answer(file, new Response(null, { status, headers }));
    return new Response(streamOf(file, from, to), { status, headers });
  } catch (error) {
    await file?.close();
    throw error;
  }
}

/** A range is only honoured for the version the client has part of; a log that still grows has no version to name. */
function requestedRange(request: RangeRequest, size: number, etag: string | null): RequestedRange {
  const ifRange = request.headers.get('if-range');
  if (ifRange !== null && ifRange !== etag) return { kind: 'all' };
  return parseByteRange(request.headers.get('range'), size);
}

function commonHeaders(log: ServedLog, etag: string | null): Headers {
  const headers = new Headers({
    'Accept-Ranges': 'bytes',
    'Content-Type': 'text/plain; charset=utf-8',
    // What a run prints is never to be taken for a page, a script or anything else that acts.
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    // no-transform: a proxy that compresses would break byte offsets.
    'Cache-Control': etag ? 'private, no-cache, no-transform' : 'private, no-store, no-transform',
  });
  if (etag) headers.set('ETag', etag);
  if (log.downloadName) headers.set('Content-Disposition', `attachment; filename="${log.downloadName.replace(/[^\w.-]/g, '_')}"`);
  return headers;
}

async function answer(file: FileHandle | null, response: Response): Promise<Response> {
  await file?.close();
  return response;
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Pulled by the client: holds one piece, and closes the file at the end, on failure, or when the client goes away. */
function streamOf(file: FileHandle, from: number, to: number): ReadableStream<Uint8Array> {
  let position = from;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, to - position));
        try {
          const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
          if (bytesRead === 0) throw new Error('The log became shorter while it was read.');
          position += bytesRead;
          controller.enqueue(buffer.subarray(0, bytesRead));
          if (position < to) return;
        } catch (error) {
          controller.error(error);
          await file.close();
          return;
        }
        controller.close();
        await file.close();
      },
      async cancel() {
        await file.close();
      },
    },
    { highWaterMark: 0 },
  );
}
