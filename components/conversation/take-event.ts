import type { ConversationEvent } from '@/contract/conversation';
import { OVERSIZED_EVENT, TEXT_EVENT } from '@/contract/run-event';
import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import type { Moment } from '@/components/conversation/conversation-items';
import { fieldsOf, parseFields, textOf } from '@/components/conversation/event-fields';
import { limitWords } from '@/components/conversation/notice-words';
import { base, takeAnswer } from '@/components/conversation/take-answer';
import { takeResult } from '@/components/conversation/take-result';
import { takeSystemLine } from '@/components/conversation/take-system-line';
import { takeUnknown } from '@/components/conversation/take-unknown';
import { takeUserLine } from '@/components/conversation/take-user-line';
import { formatBytes } from '@/components/runs/run-figures';

/** Takes the next event of the log into the conversation. Never throws, and drops nothing that it does not know. */
export function takeEvent(builder: ConversationBuilder, event: ConversationEvent): void {
  const moment = momentOf(event);
  if (event.kind === OVERSIZED_EVENT) {
    const of = { key: `${event.offset}.0`, offset: event.offset, moment, more: null };
    builder.add({ kind: 'raw', label: 'Long line', text: `A line of ${formatBytes(event.bytes)}. It is in the log.`, to: event.offset + event.bytes, ...of }, null);
    return;
  }
  const fields = event.kind === TEXT_EVENT ? null : parseFields(event.payload);
  if (!fields) return takePlainText(builder, event, moment);
  takeLine(builder, { fields, kind: event.kind, subtype: event.subtype, offset: event.offset, moment, text: event.payload ?? '' });
}

function takeLine(builder: ConversationBuilder, line: TakenLine): void {
  switch (line.kind) {
    case 'assistant':
      return takeAnswer(builder, line);
    case 'user':
      return takeUserLine(builder, line);
    case 'system':
      return takeSystemLine(builder, line);
    case 'result':
      return takeResult(builder, line);
    case 'rate_limit_event':
      return takeLimit(builder, line);
    case 'control_request':
      return takeRequest(builder, line);
    case 'control_response':
      return takeResponse(builder, line);
    default:
      takeUnknown(builder, line);
  }
}

/** Neighbouring lines of plain text are one item, however they came. */
function takePlainText(builder: ConversationBuilder, event: ConversationEvent, moment: Moment): void {
  const text = `${event.payload ?? ''}${event.truncated ? '\n… the rest is in the log' : ''}`;
  const to = event.offset + event.bytes;
  const last = builder.lastItem();
  if (last?.kind === 'raw' && last.label === 'Output' && last.to === event.offset && event.kind === TEXT_EVENT) {
    builder.replaceLast({ ...last, text: `${last.text}\n${text}`, to });
    return;
  }
  builder.add({ kind: 'raw', label: event.kind === TEXT_EVENT ? 'Output' : event.kind, text, to, key: `${event.offset}.0`, offset: event.offset, moment, more: null }, null);
}

function takeLimit(builder: ConversationBuilder, line: TakenLine): void {
  const info = fieldsOf(line.fields['rate_limit_info']);
  const words = limitWords(info);
  if (words) builder.add({ kind: 'notice', ...words, ...base(line, 0, null) }, null);
  else if (!info) takeUnknown(builder, line);
}

const asked: Partial<Record<string, string>> = { AskUserQuestion: 'Claude has a question.', ExitPlanMode: 'Claude has a plan.' };

/** What Claude asks is answered in a card of its own; here it leaves a line behind. */
function takeRequest(builder: ConversationBuilder, line: TakenLine): void {
  const request = fieldsOf(line.fields['request']);
  if (request?.['subtype'] !== 'can_use_tool') return takeUnknown(builder, line);
  const tool = textOf(request['tool_name']) || 'a tool';
  builder.add({ kind: 'notice', tone: 'waiting', words: asked[tool] ?? `Claude asks whether it may use ${tool}.`, ...base(line, 0, request) }, null);
}

function takeResponse(builder: ConversationBuilder, line: TakenLine): void {
  const response = fieldsOf(line.fields['response']);
  if (response?.['subtype'] === 'success') return; // that a request was taken shows in what follows
  if (response?.['subtype'] === 'error') builder.add({ kind: 'notice', tone: 'failure', words: `Claude Code refused a request: ${textOf(response['error']) || 'it does not say why'}`, ...base(line, 0, response) }, null);
  else takeUnknown(builder, line);
}

function momentOf({ at, storedAt }: ConversationEvent): Moment {
  return { said: timeIn(at), stored: timeIn(storedAt) };
}

function timeIn(text: string | null): number | null {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
