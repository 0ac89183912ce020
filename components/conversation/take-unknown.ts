import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import { textOf } from '@/components/conversation/event-fields';
import { base } from '@/components/conversation/take-answer';

/** Takes a line of a kind that is not known here: it is shown as it came. */
export function takeUnknown(builder: ConversationBuilder, line: TakenLine): void {
  const label = line.subtype ? `${line.kind} · ${line.subtype}` : line.kind;
  builder.add({ kind: 'raw', label, text: prettily(line), to: line.offset, ...base(line, 0, null) }, textOf(line.fields['parent_tool_use_id']) || null);
}

function prettily({ text, fields }: TakenLine): string {
  return text.length < 20_000 ? JSON.stringify(fields, null, 2) : text;
}
