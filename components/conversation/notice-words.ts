import { formatDuration } from '@/components/ui/durations';
import { formatTokens } from '@/components/runs/run-figures';
import { numberOf, textOf, type Fields } from '@/components/conversation/event-fields';

/** Names of errors as the CLI gives them. */
const errors = new Map(Object.entries({
  authentication_failed: 'The sign-in was refused.',
  billing_error: 'The account has no credit left.',
  invalid_request: 'The request was refused as it was.',
  max_output_tokens: 'The answer was longer than the model may give.',
  model_not_found: 'There is no such model, or the account may not use it.',
  overloaded: 'The service is overloaded.',
  rate_limit: 'The limit of the account is reached.',
  server_error: 'The service had an error of its own.',
}));

/** What an error is called, in words; its own name where it is not known here. */
export function errorWords(name: string): string {
  return errors.get(name) ?? `${name.replaceAll('_', ' ')}.`.replace(/^./, (first) => first.toUpperCase());
}

const endings = new Map(Object.entries({
  error_max_turns: 'The limit of turns is reached.',
  error_max_budget_usd: 'The budget is used up.',
  error_during_execution: 'Claude Code ended in the middle of its work.',
}));

/** Why an answer ended that did not end well. */
export function endingWords(fields: Fields): string {
  const said = textOf(fields['result']).trim();
  const subtype = textOf(fields['subtype']);
  const known = endings.get(subtype);
  if (said && subtype === 'success') return said;
  return [known ?? errorWords(subtype || 'error'), said].filter(Boolean).join(' ');
}

export function retryWords(fields: Fields): string {
  const status = numberOf(fields['error_status']);
  const error = textOf(fields['error']);
  const attempt = numberOf(fields['attempt']);
  const most = numberOf(fields['max_retries']);
  const pause = numberOf(fields['retry_delay_ms']);
  const what = errors.get(error) ?? (status === null ? 'The service did not answer.' : 'The service did not take the request.');
  const code = status === null ? '' : ` (${status})`;
  const when = pause === null ? '' : ` in ${pause < 1000 ? 'less than a second' : formatDuration(pause)}`;
  const count = attempt === null ? '' : `, attempt ${attempt}${most === null ? '' : ` of ${most}`}`;
  return `${what.replace(/\.$/, '')}${code}. Claude Code tries again${when}${count}.`;
}

export function compactionWords(metadata: Fields | null): string {
  const before = numberOf(metadata?.['pre_tokens']);
  return `Earlier messages were summarised to make room${before === null ? '' : ` (they had ${formatTokens(before)} tokens)`}.`;
}

export function deniedWords(fields: Fields): string {
  const tool = textOf(fields['tool_name']);
  const reason = textOf(fields['message']) || textOf(fields['reason']);
  return `Claude was not allowed to use ${tool || 'a tool'}${reason ? `: ${reason}` : '.'}`;
}

/** Null while the limit is far: the CLI says so often. */
export function limitWords(info: Fields | null): { words: string; tone: 'waiting' | 'failure' } | null {
  const status = textOf(info?.['status']);
  if (status !== 'rejected' && status !== 'allowed_warning') return null;
  const resets = numberOf(info?.['resetsAt']);
  const until = resets === null ? '' : ` It resets at ${new Date(resets * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}.`;
  return status === 'rejected' ? { words: `The usage limit of the account is reached.${until}`, tone: 'failure' } : { words: `The usage limit of the account is close.${until}`, tone: 'waiting' };
}
