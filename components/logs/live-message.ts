/** The part of a message that Claude is writing right now. */
export interface LiveText {
  what: 'text' | 'thinking' | 'tool';
  text: string;
}

const deltaStart = '{"type":"stream_event"';
/** The order of keys is not promised, so the slow look is for lines that may be deltas in another order; deltas are short. */
const maxDeltaCharacters = 65_536;

/**
 * Follows the partial-message events of stream-json (`--include-partial-messages`) and holds the text of the block that is being written.
 * The complete message comes afterwards as an event of its own, so these lines need not be shown.
 */
export class LiveMessage {
  current: LiveText | null = null;

  /** Takes a line; true when it is a partial-message event or a sign of life, which the readable view hides. */
  feed(line: string): boolean {
    if (isSignOfLife(line)) return true;
    const isDelta = line.startsWith(deltaStart) || (line.length < maxDeltaCharacters && line.includes('"stream_event"') && typeOf(line) === 'stream_event');
    if (isDelta) this.take(line);
    else this.current = null;
    return isDelta;
  }

  private take(line: string): void {
    const event = field(parse(line), 'event');
    const type = field(event, 'type');
    if (type === 'content_block_start') this.current = started(field(event, 'content_block'));
    else if (type === 'content_block_delta') this.grow(field(event, 'delta'));
    else if (type === 'message_start') this.current = null;
  }

  private grow(delta: unknown): void {
    if (!this.current) return;
    const added = field(delta, 'text') ?? field(delta, 'thinking');
    if (typeof added === 'string') this.current = { ...this.current, text: this.current.text + added };
  }
}

/** `requesting` and redraw notices come several times a turn and say nothing that the page does not show. */
function isSignOfLife(line: string): boolean {
  return line.startsWith('{"type":"system","subtype":"status","status":"requesting"') || line.startsWith('{"type":"system","subtype":"ui_invalidate"') || line.startsWith('{"type":"system","subtype":"thinking_tokens"');
}

function started(block: unknown): LiveText {
  const type = field(block, 'type');
  const name = field(block, 'name');
  if (type === 'tool_use') return { what: 'tool', text: typeof name === 'string' ? name : 'a tool' };
  return { what: type === 'thinking' ? 'thinking' : 'text', text: '' };
}

function typeOf(line: string): unknown {
  return field(parse(line), 'type');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null; // cut or foreign: shown as it came
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
