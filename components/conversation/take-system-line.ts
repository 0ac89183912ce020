import type { ConversationBuilder, TakenLine } from '@/components/conversation/conversation-builder';
import type { BackgroundTask, NoticeItem } from '@/components/conversation/conversation-items';
import { fieldsOf, numberOf, textOf } from '@/components/conversation/event-fields';
import { compactionWords, deniedWords, retryWords } from '@/components/conversation/notice-words';
import { base } from '@/components/conversation/take-answer';
import { takeUnknown } from '@/components/conversation/take-unknown';

/** Said often and of nothing that a reader needs; the log has them. */
const quiet = new Set(['thinking_tokens', 'background_tasks_changed', 'session_state_changed', 'ui_invalidate']);

/** Takes a line in which the CLI speaks of itself. */
export function takeSystemLine(builder: ConversationBuilder, line: TakenLine): void {
  const { fields, subtype } = line;
  switch (subtype ?? '') {
    case 'init':
      return takeInit(builder, line);
    case 'status':
      return takeStatus(builder, line);
    case 'api_retry':
      return notice(builder, line, 'waiting', retryWords(fields));
    case 'compact_boundary':
      return notice(builder, line, 'info', compactionWords(fieldsOf(fields['compact_metadata'])));
    case 'permission_denied':
      return notice(builder, line, 'failure', deniedWords(fields));
    case 'informational':
    case 'model_refusal_no_fallback':
      return textOf(fields['content']) || textOf(fields['message']) ? notice(builder, line, 'info', textOf(fields['content']) || textOf(fields['message'])) : takeUnknown(builder, line);
    case 'task_started':
    case 'task_progress':
    case 'task_updated':
    case 'task_notification':
      return takeTask(builder, line);
    default:
      if (!quiet.has(subtype ?? '')) takeUnknown(builder, line);
  }
}

/** The CLI says how it is set up before every answer; only a change is worth a line. */
function takeInit(builder: ConversationBuilder, line: TakenLine): void {
  const { fields } = line;
  const model = textOf(fields['model']);
  const words = [model, textOf(fields['claude_code_version']) && `Claude Code ${textOf(fields['claude_code_version'])}`, permissionWords(textOf(fields['permissionMode']))].filter(Boolean).join(' · ');
  if (words === builder.session) return;
  builder.session = words;
  if (model) builder.model = model;
  builder.closeTurn();
  builder.openTurn(null, line.offset, null);
  builder.add({ kind: 'notice', tone: 'info', words: words || 'A session began.', ...base(line, 0, fields) }, null);
}

function permissionWords(mode: string): string {
  if (mode === 'bypassPermissions') return 'asks for nothing';
  if (mode === 'acceptEdits') return 'asks before commands';
  if (mode === 'plan') return 'plans only';
  return mode === 'default' ? 'asks before changes' : mode;
}

function takeStatus(builder: ConversationBuilder, line: TakenLine): void {
  const { status } = line.fields;
  builder.waiting = status === 'requesting';
  if (status === 'requesting' || status === null || status === undefined) return;
  notice(builder, line, 'waiting', status === 'compacting' ? 'The conversation grew long: earlier messages are being summarised.' : `Status: ${textOf(status) || JSON.stringify(status)}`);
}

/** News of a sub-agent or command that works in the background; they belong to the call that began it. */
function takeTask(builder: ConversationBuilder, line: TakenLine): void {
  const { fields, subtype } = line;
  const id = builder.toolOfTask(textOf(fields['task_id']), textOf(fields['tool_use_id']) || null);
  const call = id === null ? null : builder.tool(id);
  if (id === null || !call) {
    if (subtype === 'task_notification') notice(builder, line, 'info', textOf(fields['summary']) || 'A task in the background has ended.');
    else if (id === null) takeUnknown(builder, line);
    return;
  }
  // Only a call that has given its result already goes on in the background.
  const backgrounded = fields['is_backgrounded'] === true || call.task !== null;
  if (backgrounded) builder.changeTool(id, { task: taskOf(line) });
}

function taskOf({ fields, subtype }: TakenLine): BackgroundTask {
  const status = textOf(fields['status']) || textOf(fieldsOf(fields['patch'])?.['status']);
  const ended = subtype === 'task_notification' || ['completed', 'failed', 'stopped', 'killed'].includes(status);
  const state = !ended ? 'running' : status === 'completed' || status === '' ? 'done' : 'failed';
  const uses = numberOf(fieldsOf(fields['usage'])?.['tool_uses']);
  const words = textOf(fields['summary']) || textOf(fields['description']);
  return { state, words: uses === null ? words : `${words} · ${uses} ${uses === 1 ? 'step' : 'steps'}` };
}

function notice(builder: ConversationBuilder, line: TakenLine, tone: NoticeItem['tone'], words: string): void {
  builder.add({ kind: 'notice', tone, words, ...base(line, 0, null) }, null);
}
