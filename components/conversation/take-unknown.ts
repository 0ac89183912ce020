import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import { textOf } from '@/components/conversation/event-fields';
import { base } from '@/components/conversation/take-answer';
import { machinerySummary } from '@/components/runs/machinery-summary';

/** Takes a line that is no part of what is said and done: in words where there are any for it, otherwise as it came. */
export function takeUnknown(builder: ConversationBuilder, line: TakenLine): void {
  const [machinery] = machinerySummary(line.fields) ?? [];
  if (machinery) {
    const tone = machinery.kind === 'tool-error' ? 'failure' : 'info';
    builder.add({ kind: 'notice', tone, words: `${machinery.label}: ${machinery.text}`, ...base(line, 0, line.fields) }, null);
    return;
  }
  const label = line.subtype ? `${line.kind} · ${line.subtype}` : line.kind;
  builder.add({ kind: 'raw', label, text: prettily(line), to: line.offset, ...base(line, 0, null) }, textOf(line.fields['parent_tool_use_id']) || null);
}

function prettily({ text, fields }: TakenLine): string {
  return text.length < 20_000 ? JSON.stringify(fields, null, 2) : text;
}
