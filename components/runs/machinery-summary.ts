import { fieldsOf, listOf, numberOf, textOf, type Fields } from '@/components/conversation/event-fields';
import { compactionWords, deniedWords, limitWords, retryWords } from '@/components/conversation/notice-words';
import type { LogSummary } from '@/components/runs/log-summary';
import { toolSubject, withoutWorktree } from '@/components/runs/tool-subject';

const asked: Partial<Record<string, string>> = { AskUserQuestion: 'Claude has a question', ExitPlanMode: 'Claude has a plan' };

/**
 * A line in which the CLI speaks with this server or of itself (requests, tasks, hooks, limits), in words. Null when its kind is not known here,
 * or when it lacks what would be said: then it is shown as it came.
 */
export function machinerySummary(event: Fields): LogSummary[] | null {
  switch (event['type']) {
    case 'system':
      return systemSummary(event);
    case 'rate_limit_event':
      return limitSummary(fieldsOf(event['rate_limit_info']));
    case 'control_request':
      return requestSummary(fieldsOf(event['request']));
    case 'control_response':
      return responseSummary(fieldsOf(event['response']));
    case 'control_cancel_request':
      return note('Question', 'Claude Code does not wait for an answer any more');
    case 'tool_progress':
      return progressSummary(event);
    default:
      return null;
  }
}

function systemSummary(event: Fields): LogSummary[] | null {
  switch (textOf(event['subtype'])) {
    case 'init':
      return note('Session', [textOf(event['model']), withPrefix('Claude Code ', textOf(event['claude_code_version'])), textOf(event['cwd'])].filter(Boolean).join(' · '), 'session');
    case 'api_retry':
      return note('Retry', retryWords(event));
    case 'status':
      return note('Status', event['status'] === 'compacting' ? 'Earlier messages are being summarised' : textOf(event['status']) || 'Ready');
    case 'compact_boundary':
      return note('Context', compactionWords(fieldsOf(event['compact_metadata'])));
    case 'permission_denied':
      return note('Not allowed', deniedWords(event), 'tool-error');
    case 'session_state_changed':
      return textOf(event['state']) ? note('Session', `State: ${words(event['state'])}`) : null;
    case 'informational':
    case 'model_refusal_no_fallback':
    case 'notification':
      return said(event) ? note('Claude Code', said(event)) : null;
    default:
      return taskSummary(event) ?? hookSummary(event);
  }
}

const taskSteps: Partial<Record<string, string>> = { task_started: 'Began', task_progress: 'At work', task_updated: 'Changed', task_notification: 'Ended' };

/** News of sub-agents and commands in the background. */
function taskSummary(event: Fields): LogSummary[] | null {
  if (event['subtype'] === 'background_tasks_changed') {
    const { length } = listOf(event['tasks']);
    return note('Task', length === 0 ? 'Nothing runs in the background' : `${length} in the background`);
  }
  const step = taskSteps[textOf(event['subtype'])];
  if (step === undefined) return null;
  const status = words(event['status']) || words(fieldsOf(event['patch'])?.['status']);
  const uses = numberOf(fieldsOf(event['usage'])?.['tool_uses']);
  const what = textOf(event['summary']) || textOf(event['description']);
  return note('Task', [step, status, what, uses !== null && `${uses} ${uses === 1 ? 'step' : 'steps'}`].filter(Boolean).join(' · '));
}

const hookSteps: Partial<Record<string, string>> = { hook_started: 'began', hook_progress: 'is at work', hook_response: 'ended' };

function hookSummary(event: Fields): LogSummary[] | null {
  const step = hookSteps[textOf(event['subtype'])];
  const name = textOf(event['hook_name']) || textOf(event['hook_event']);
  if (step === undefined || !name) return null;
  const code = numberOf(event['exit_code']);
  return note('Hook', `${name} ${step}${code === null ? '' : ` with exit code ${code}`}`);
}

function limitSummary(info: Fields | null): LogSummary[] | null {
  const warning = limitWords(info);
  if (warning) return note('Usage limit', warning.words, warning.tone === 'failure' ? 'tool-error' : 'note');
  return textOf(info?.['status']) === 'allowed' ? note('Usage limit', 'Not reached') : null;
}

function requestSummary(request: Fields | null): LogSummary[] | null {
  if (request?.['subtype'] !== 'can_use_tool') return null;
  const tool = textOf(request['tool_name']) || 'a tool';
  const plain = asked[tool];
  if (plain) return note('Question', plain);
  return note('Question', `Claude asks whether it may use ${tool}${withPrefix(': ', withoutWorktree(toolSubject(request['input'])))}`);
}

function responseSummary(response: Fields | null): LogSummary[] | null {
  if (response?.['subtype'] === 'success') return note('Control', 'Claude Code took a request of Anyon');
  if (response?.['subtype'] !== 'error') return null;
  return note('Control', `Claude Code refused a request of Anyon${withPrefix(': ', textOf(response['error']))}`, 'tool-error');
}

function progressSummary(event: Fields): LogSummary[] | null {
  const tool = textOf(event['tool_name']);
  const seconds = numberOf(event['elapsed_time_seconds']);
  return tool && seconds !== null ? note(tool, `At work for ${Math.round(seconds)} s`) : null;
}

/** One line; the whole of it is behind the arrow. */
function note(label: string, text: string, kind: LogSummary['kind'] = 'note'): LogSummary[] {
  const line = text.slice(0, 1_000).replaceAll(/\s+/g, ' ').trim();
  return [{ kind, label, text: line.length > 400 ? `${line.slice(0, 400)} …` : line }];
}

function said(event: Fields): string {
  return textOf(event['content']) || textOf(event['message']) || textOf(event['text']);
}

/** A name of the CLI, like `in_progress`, as words. */
function words(name: unknown): string {
  return textOf(name).replaceAll('_', ' ');
}

function withPrefix(prefix: string, value: string): string {
  return value && prefix + value;
}
