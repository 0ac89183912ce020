import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import { fieldsOf, joinFields, listOf, textOf, unknownFields, type Fields } from '@/components/conversation/event-fields';
import { base } from '@/components/conversation/take-answer';
import { takeToolOutput } from '@/components/conversation/take-tool-output';

const knownOfLine = new Set(['type', 'message', 'parent_tool_use_id', 'session_id', 'uuid', 'timestamp', 'request_id', 'isSynthetic', 'isReplay', 'isMeta', 'tool_use_result', 'tool_result_meta', 'agent_id', 'subagent_type', 'task_description']);
const knownOfMessage = new Set(['role', 'content', 'type', 'id']);
const knownOfText = new Set(['type', 'text']);

/** Takes a line that stands on the person's side: results of tools, what was said in mid-run, what the CLI says of itself. */
export function takeUserLine(builder: ConversationBuilder, line: TakenLine): void {
  const parent = textOf(line.fields['parent_tool_use_id']) || null;
  const message = fieldsOf(line.fields['message']) ?? {};
  const { content } = message;
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
  const more = joinFields(unknownFields(line.fields, knownOfLine), unknownFields(message, knownOfMessage));
  blocks.forEach((block, index) => takeBlock(builder, line, fieldsOf(block), { raw: block, index, parent, more: index === 0 ? more : null }));
  if (blocks.length === 0) builder.add({ kind: 'raw', label: 'user', text: line.text, to: line.offset, ...base(line, 0, null) }, parent);
}

function takeBlock(builder: ConversationBuilder, line: TakenLine, block: Fields | null, { raw, index, parent, more }: { raw: unknown; index: number; parent: string | null; more: Fields | null }): void {
  if (block?.['type'] === 'tool_result' && textOf(block['tool_use_id'])) {
    takeToolOutput(builder, line, { block: more ? { ...block, ...more } : block, index, parent });
    return;
  }
  if (block?.['type'] === 'text' && typeof block['text'] === 'string') {
    takeText(builder, line, block['text'], { parent, ...base(line, index, joinFields(more, unknownFields(block, knownOfText))) });
    return;
  }
  builder.add({ kind: 'raw', label: textOf(block?.['type']) || 'block', text: JSON.stringify(raw, null, 2) ?? '', to: line.offset, ...base(line, index, more) }, parent);
}

function takeText(builder: ConversationBuilder, { fields }: TakenLine, text: string, { parent, ...of }: ReturnType<typeof base> & { parent: string | null }): void {
  // A sub-agent's first line is its prompt, which stands in the call.
  const call = parent === null ? null : builder.tool(parent);
  if (call && call.steps.length === 0 && textOf(fieldsOf(call.input)?.['prompt']).trim() === text.trim()) return;
  if (text.startsWith('[Request interrupted')) {
    builder.add({ kind: 'notice', tone: 'info', words: 'Claude was interrupted here.', ...of }, parent);
    return;
  }
  const byCli = fields['isSynthetic'] === true || fields['isMeta'] === true || /^<[a-z-]+>/.test(text);
  if (parent === null) {
    builder.closeTurn();
    builder.openTurn(null, of.offset, null);
  }
  builder.add({ kind: 'said', by: byCli || parent !== null ? 'cli' : 'person', text, ...of }, parent);
}
