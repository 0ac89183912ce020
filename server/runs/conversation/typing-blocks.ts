import { z } from 'zod';
import type { TypingPiece } from '@/contract/conversation';
import type { MaskedText } from '@/contract/masked-text';
import type { Masker } from '@/server/secrets/mask';
import { plainWords } from '@/server/secrets/masked-text';

/** Longer blocks are shown when they are whole. */
const MAX_TYPED_CHARACTERS = 64 * 1024;

const partialSchema = z.object({
  parent_tool_use_id: z.string().nullish(),
  event: z.object({
    type: z.string(),
    message: z.object({ id: z.string().max(200) }).optional(),
    content_block: z.object({ type: z.string(), name: z.string().max(200).optional(), text: z.string().optional(), thinking: z.string().optional() }).optional(),
    delta: z.object({ text: z.string().optional(), thinking: z.string().optional() }).optional(),
  }),
});

interface Block {
  begin: number;
  kind: TypingPiece['kind'];
  name: MaskedText | null;
  raw: string;
  /** Of how much of `raw` the text below was made. It is made when it is asked for: once for each of many small pieces would take minutes. */
  maskedTo: number;
  text: MaskedText;
  /** Rises when what was shown before is no longer the beginning of the text. */
  revision: number;
}

/** What a viewer has been sent of each block. */
export type TypedSoFar = Map<number, { length: number; revision: number }>;

/**
 * The blocks that the main agent is writing, from the partial messages of its log. They are masked anew as they are put together:
 * parsing has undone their escapes. A block is let go when its whole is stored, or when the next answer begins.
 */
export class TypingBlocks {
  #blocks: Block[] = [];
  #open: Block | null = null;

  /** Takes a line that is a partial message; true if there is something new to show. `offset` is where the line begins. */
  take(line: string, offset: number, masker: Masker): boolean {
    const partial = parsePartial(line);
    if (!partial || partial.parent_tool_use_id) return false;
    const { event } = partial;
    if (event.type === 'message_start') {
      this.#blocks = [];
      this.#open = null;
    } else if (event.type === 'content_block_start' && event.content_block) {
      this.#begin(event.content_block, offset, masker);
      return true;
    } else if (event.type === 'content_block_delta') {
      return this.#grow(event.delta?.text ?? event.delta?.thinking ?? '');
    } else if (event.type === 'content_block_stop') this.#open = null;
    return false;
  }

  /** What is stored up to this byte is no longer being written. */
  settle(storedTo: number): void {
    if (this.#blocks.length > 1) this.#blocks = this.#blocks.filter((block) => block.begin >= storedTo || block === this.#open);
  }

  clear(): void {
    this.#blocks = [];
    this.#open = null;
  }

  /** What a viewer lacks; notes it as sent. */
  piecesFor(sent: TypedSoFar, masker: Masker): TypingPiece[] {
    return this.#blocks.flatMap((block) => {
      bringUpToDate(block, masker);
      const before = sent.get(block.begin);
      const at = before?.revision === block.revision ? before.length : 0;
      if (before && at === block.text.length) return [];
      sent.set(block.begin, { length: block.text.length, revision: block.revision });
      return [{ block: block.begin, kind: block.kind, name: block.name, at, text: masker.maskText(block.text.slice(at)) }];
    });
  }

  #begin(block: { type: string; name?: string | undefined; text?: string | undefined; thinking?: string | undefined }, begin: number, masker: Masker): void {
    const kind = block.type === 'text' || block.type === 'thinking' ? block.type : 'tool';
    const raw = (block.text ?? block.thinking ?? '').slice(0, MAX_TYPED_CHARACTERS);
    this.#open = { begin, kind, name: block.name ? masker.maskText(block.name) : null, raw, maskedTo: 0, text: plainWords(''), revision: 0 };
    this.#blocks.push(this.#open);
  }

  #grow(more: string): boolean {
    const block = this.#open;
    if (!block || more === '' || block.raw.length + more.length > MAX_TYPED_CHARACTERS) return false;
    block.raw += more;
    return true;
  }
}

function bringUpToDate(block: Block, masker: Masker): void {
  if (block.maskedTo === block.raw.length) return;
  const text = masker.maskText(block.raw);
  if (!text.startsWith(block.text)) block.revision++;
  block.text = text;
  block.maskedTo = block.raw.length;
}

function parsePartial(line: string): z.output<typeof partialSchema> | null {
  try {
    const parsed = partialSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // the container may write anything
  }
}
