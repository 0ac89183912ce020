import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestId } from './errors.mjs';

const DEFAULT_DELAY = 2;
const SHORTEST_PIECE = 24;
const MOST_PIECES = 400;

/**
 * Sends a message as server-sent events, the way the service does. `style.delay` is the pause between pieces in ms; `style.cutAfter`
 * ends the stream after that many events by a closed connection or an `error` event; after `style.stallAfter` nothing more comes, and the
 * connection stays. Waits for a slow reader, stops for a gone one.
 */
export async function streamMessage({ response, message, blocks, stopReason, usage, style }) {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'request-id': requestId() });
  const delay = style.delay ?? (blocks.some((block) => block.parts) ? 0 : DEFAULT_DELAY);
  let sent = 0;
  for (const event of events({ message, blocks, stopReason, usage })) {
    if (response.destroyed) return undefined;
    if (style.cutAfter !== undefined && sent >= style.cutAfter) return cut(response, style.cutBy);
    if (style.stallAfter !== undefined && sent >= style.stallAfter) return undefined;
    const room = response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    sent += 1;
    if (!room) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (delay > 0 && event.delta) await sleep(delay);
  }
  return response.end();
}

function cut(response, by) {
  if (by === 'close') return response.destroy();
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  return response.end(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
}

function* events({ message, blocks, stopReason, usage }) {
  yield { type: 'message_start', message };
  yield { type: 'ping' };
  for (const [index, block] of blocks.entries()) {
    yield { type: 'content_block_start', index, content_block: opening(block) };
    for (const delta of deltas(block)) yield { type: 'content_block_delta', index, delta };
    yield { type: 'content_block_stop', index };
  }
  yield { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage };
  yield { type: 'message_stop' };
}

function opening(block) {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { type: 'tool_use', id: block.id, name: block.name, input: {} };
}

function* deltas(block) {
  if (block.type === 'text') for (const part of block.parts ?? pieces(block.text)) yield { type: 'text_delta', text: part };
  else if (block.type === 'thinking') {
    for (const part of pieces(block.thinking)) yield { type: 'thinking_delta', thinking: part };
    yield { type: 'signature_delta', signature: block.signature };
  } else for (const part of pieces(JSON.stringify(block.input))) yield { type: 'input_json_delta', partial_json: part };
}

/** By characters, not UTF-16 halves: half an emoji would not survive the way. A long text comes in larger pieces, not in more. */
function* pieces(words) {
  const characters = Array.from(words);
  const size = Math.max(SHORTEST_PIECE, Math.ceil(characters.length / MOST_PIECES));
  for (let start = 0; start < characters.length; start += size) yield characters.slice(start, start + size).join('');
}
