import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import { fieldsOf, numberOf, textOf, unknownFields } from '@/components/conversation/event-fields';
import { endingWords } from '@/components/conversation/notice-words';
import { base } from '@/components/conversation/take-answer';

const known = new Set(
  `type subtype is_error result duration_ms duration_api_ms num_turns session_id total_cost_usd usage modelUsage permission_denials uuid timestamp
  stop_reason terminal_reason api_error_status errors fast_mode_state request_id ttft_ms ttft_stream_ms time_to_request_ms`.split(/\s+/),
);

/** Takes the line that ends the answer to a prompt. It repeats Claude's last words, which stand above already. */
export function takeResult(builder: ConversationBuilder, line: TakenLine): void {
  const { fields } = line;
  builder.waiting = false;
  const failed = fields['is_error'] === true || (fields['subtype'] !== undefined && textOf(fields['subtype']) !== 'success');
  const usage = fieldsOf(fields['usage']);
  const tokens = (...names: string[]) => (usage ? names.reduce((sum, name) => sum + (numberOf(usage[name]) ?? 0), 0) : null);
  const total = numberOf(fields['total_cost_usd']);
  // The CLI adds up the cost of a session, which may have begun in a run before this one.
  const costUsd = total === null || builder.sessionCost === null ? null : Math.max(0, total - builder.sessionCost);
  builder.sessionCost = total ?? builder.sessionCost;
  noteWindow(builder, line);
  builder.add(
    {
      kind: 'result',
      failure: failed ? endingWords(fields) : null,
      milliseconds: numberOf(fields['duration_ms']),
      requests: numberOf(fields['num_turns']),
      costUsd,
      tokensIn: tokens('input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'),
      tokensOut: tokens('output_tokens'),
      ...base(line, 0, unknownFields(fields, known)),
    },
    null,
  );
  builder.closeTurn();
}

/** The window of the model that has done most: small helpers have smaller ones. */
function noteWindow(builder: ConversationBuilder, { fields }: TakenLine): void {
  const models = fieldsOf(fields['modelUsage']);
  const own = fieldsOf(models?.[builder.model ?? '']);
  const windows = own ? [own] : Object.values(models ?? {}).map(fieldsOf);
  const sizes = windows.map((model) => numberOf(model?.['contextWindow']) ?? 0);
  const largest = Math.max(0, ...sizes);
  if (largest > 0) builder.contextWindow = largest;
}
