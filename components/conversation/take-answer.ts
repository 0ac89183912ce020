import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import { joinFields, listOf, fieldsOf, numberOf, textOf, unknownFields, type Fields } from '@/components/conversation/event-fields';
import { takeToolOutput } from '@/components/conversation/take-tool-output';

export const LIST_TOOL = 'TodoWrite';

const knownOfLine = new Set(['type', 'message', 'parent_tool_use_id', 'session_id', 'uuid', 'timestamp', 'request_id', 'error', 'isApiErrorMessage', 'thinking_duration_ms', 'thinking_display', 'agent_id', 'subagent_type', 'task_description']);
const knownOfMessage = new Set(['id', 'type', 'role', 'model', 'content', 'stop_reason', 'stop_sequence', 'usage', 'context_management', 'container']);
const knownOfText = new Set(['type', 'text', 'citations']);
const knownOfThinking = new Set(['type', 'thinking', 'signature', 'data']);
const knownOfToolUse = new Set(['type', 'id', 'name', 'input']);

/** Takes a line of an answer. The CLI writes one for each block, with the same message id; sub-agents name the call that they work for. */
export function takeAnswer(builder: ConversationBuilder, line: TakenLine): void {
  const parent = textOf(line.fields['parent_tool_use_id']) || null;
  const message = fieldsOf(line.fields['message']) ?? {};
  const messageId = textOf(message['id']) || null;
  const ofMainAgent = parent === null;
  if (ofMainAgent) {
    builder.waiting = false;
    builder.openTurn(messageId, line.offset, modelOf(message));
  }
  const { content } = message;
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
  const more = joinFields(unknownFields(line.fields, knownOfLine), unknownFields(message, knownOfMessage));
  blocks.forEach((block, index) => takeBlock(builder, line, { block: fieldsOf(block), raw: block, index, parent, more: index === 0 ? more : null }));
  if (blocks.length === 0) builder.add({ kind: 'raw', label: 'assistant', text: line.text, to: line.offset, ...base(line, 0, null) }, parent);
  noteUsage(builder, messageId, fieldsOf(message['usage']), ofMainAgent);
}

interface TakenBlock {
  block: Fields | null;
  raw: unknown;
  index: number;
  parent: string | null;
  more: Fields | null;
}

function takeBlock(builder: ConversationBuilder, line: TakenLine, { block, raw, index, parent, more }: TakenBlock): void {
  const type = textOf(block?.['type']);
  if (block && type === 'text' && typeof block['text'] === 'string') {
    const failure = textOf(line.fields['error']) || null;
    const text = block['text'];
    if (text.trim() !== '' || more || failure) builder.add({ kind: 'text', text, failure, ...base(line, index, joinFields(more, unknownFields(block, knownOfText))) }, parent);
  } else if (block && (type === 'thinking' || type === 'redacted_thinking')) {
    const all = joinFields(more, unknownFields(block, knownOfThinking));
    builder.add({ kind: 'thinking', text: textOf(block['thinking']), milliseconds: numberOf(line.fields['thinking_duration_ms']), ...base(line, index, all) }, parent);
  } else if (block && type.endsWith('tool_use') && textOf(block['id'])) {
    takeToolUse(builder, line, { block, index, parent, more });
  } else if (block && type.endsWith('tool_result') && textOf(block['tool_use_id'])) {
    takeToolOutput(builder, line, { block, index, parent });
  } else {
    builder.add({ kind: 'raw', label: type || 'block', text: JSON.stringify(raw, null, 2) ?? '', to: line.offset, ...base(line, index, more) }, parent);
  }
}

function takeToolUse(builder: ConversationBuilder, line: TakenLine, { block, index, parent, more }: Omit<TakenBlock, 'raw' | 'block'> & { block: Fields }): void {
  const id = textOf(block['id']);
  const name = textOf(block['name']) || 'Tool';
  const all = joinFields(more, unknownFields(block, knownOfToolUse));
  builder.add({ kind: 'tool', id, name, input: block['input'], output: null, task: null, steps: [], outdated: false, ...base(line, index, all) }, parent);
  if (name === LIST_TOOL && parent === null) builder.noteList(id);
}

function noteUsage(builder: ConversationBuilder, messageId: string | null, usage: Fields | null, ofMainAgent: boolean): void {
  if (messageId === null || !usage) return;
  const tokens = (name: string) => Math.max(0, numberOf(usage[name]) ?? 0);
  const sum = { input: tokens('input_tokens'), output: tokens('output_tokens'), cacheRead: tokens('cache_read_input_tokens'), cacheWrite: tokens('cache_creation_input_tokens') };
  builder.noteUsage({ messageId, ...sum }, ofMainAgent);
}

/** The CLI answers for itself under a name in brackets; that is no model. */
function modelOf(message: Fields): string | null {
  const model = textOf(message['model']);
  return model && !model.startsWith('<') ? model : null;
}

/** What every item has. */
export function base(line: TakenLine, index: number, more: Fields | null) {
  return { key: `${line.offset}.${index}`, offset: line.offset, moment: line.moment, more };
}
