import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import type { OutputPart } from '@/components/conversation/conversation-items';
import { fieldsOf, joinFields, textOf, unknownFields, type Fields } from '@/components/conversation/event-fields';

const knownOfResult = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

/** Takes what a tool gave back. Where its call is not loaded (yet), the result stands alone. */
export function takeToolOutput(builder: ConversationBuilder, line: TakenLine, { block, index, parent }: { block: Fields; index: number; parent: string | null }): void {
  const id = textOf(block['tool_use_id']);
  const more = unknownFields(block, knownOfResult);
  const call = builder.tool(id);
  const output = { parts: outputParts(block['content']), failed: block['is_error'] === true, offset: line.offset, moment: line.moment };
  if (call) {
    // A call that gives back twice has given back both.
    const parts = call.output ? [...call.output.parts, ...output.parts] : output.parts;
    builder.changeTool(id, { output: { ...output, parts }, more: joinFields(call.more, more) });
    return;
  }
  const key = `${line.offset}.${index}`;
  builder.add({ kind: 'tool', key, offset: line.offset, moment: line.moment, more, id, name: null, input: undefined, output, task: null, steps: [], outdated: false }, parent);
}

/** Content is a text, or a list of blocks; pictures are named, never shown. */
export function outputParts(content: unknown): OutputPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  const blocks: unknown[] = Array.isArray(content) ? content : [content];
  return blocks.map((block) => partOf(block));
}

function partOf(block: unknown): OutputPart {
  if (typeof block === 'string') return { kind: 'text', text: block };
  const fields = fieldsOf(block);
  if (fields?.['type'] === 'text' && typeof fields['text'] === 'string') return { kind: 'text', text: fields['text'] };
  const source = fieldsOf(fields?.['source']);
  if (fields?.['type'] === 'image') {
    return { kind: 'image', type: textOf(source?.['media_type']) || textOf(source?.['url']) || 'image', bytes: Math.floor((textOf(source?.['data']).length * 3) / 4) };
  }
  return { kind: 'raw', text: JSON.stringify(block, null, 2) ?? '' };
}
