import type { TypingPiece } from '@/contract/conversation';

/** A block that is being written, as far as it has come. */
export interface TypedBlock {
  /** Where it begins in the log. */
  block: number;
  kind: TypingPiece['kind'];
  name: string | null;
  text: string;
}

/** An answer writes one block at a time; the one before it may still be on its way to becoming an event. */
const MOST_BLOCKS = 2;

/** The blocks with these pieces put in. A piece that does not go on where its block stands is left out: the block comes anew after a break. */
export function withPieces(blocks: readonly TypedBlock[], pieces: readonly TypingPiece[]): readonly TypedBlock[] {
  const next = new Map(blocks.map((block) => [block.block, block]));
  for (const { block, kind, name, at, text } of pieces) {
    const before = next.get(block)?.text ?? '';
    if (at <= before.length) next.set(block, { block, kind, name, text: before.slice(0, at) + text });
  }
  return [...next.values()].toSorted((one, other) => one.block - other.block).slice(-MOST_BLOCKS);
}

/**
 * The blocks that are not events yet: an answer's line stands behind the beginning of the block that it is the whole of. The pieces of a block may also come
 * after that line, to a page that was opened in between.
 */
export function withoutStored(blocks: readonly TypedBlock[], lastAnswer: number): readonly TypedBlock[] {
  return blocks.some(({ block }) => block < lastAnswer) ? blocks.filter(({ block }) => block > lastAnswer) : blocks;
}
