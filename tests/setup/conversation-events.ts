import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConversationEvent, TypingPiece } from '@/contract/conversation';
import { parseStreamJsonLine } from '@/server/runs/stream-json';
import { maskedBefore, maskTokens } from '@/server/secrets/masked-text';

/** Events as the product stores these lines, one second apart. */
export function storedEvents(lines: readonly string[]): ConversationEvent[] {
  let offset = 0;
  return lines.flatMap((line, index) => {
    const bytes = Buffer.byteLength(line) + 1;
    const event = parseStreamJsonLine(maskedBefore(Buffer.from(line)), offset, bytes);
    offset += bytes;
    return event ? [{ ...event, storedAt: new Date(1_700_000_000_000 + index * 1000).toISOString() }] : [];
  });
}

/** One event, made by hand. */
export function eventAt(offset: number, bytes: number, kind: string, payload: string): ConversationEvent {
  return { offset, bytes, kind, subtype: null, at: null, storedAt: null, payload: maskTokens(payload), truncated: false };
}

/** What a version of Claude Code wrote, driven against the simulator: tools, an edit, a list, a sub-agent; without partial messages. */
export function realLines(version: string): string[] {
  return readFileSync(path.join(import.meta.dirname, 'cli-lines', `${version}.jsonl`), 'utf8').trim().split('\n');
}

/** A piece of a text that is being written. */
export function typedText(block: number, at: number, text: string): TypingPiece {
  return { block, kind: 'text', name: null, at, text: maskTokens(text) };
}
