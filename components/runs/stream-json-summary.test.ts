import { describe, expect, test } from 'vitest';
import { summarizeStreamJson } from '@/components/runs/stream-json-summary';

const summarize = (event: unknown) => summarizeStreamJson(JSON.stringify(event));

describe('the readable log', () => {
  test('shows what Claude says', () => {
    expect(summarize({ type: 'assistant', message: { content: [{ type: 'text', text: ' I will look. ' }] } })).toEqual([{ kind: 'text', label: 'Claude', text: 'I will look.' }]);
  });

  test('names a tool and what it works on', () => {
    const tool = (name: string, input: unknown) => summarize({ type: 'assistant', message: { content: [{ type: 'tool_use', name, input }] } })?.[0];
    expect(tool('Bash', { command: 'npm test', description: 'Run the tests' })).toEqual({ kind: 'tool', label: 'Bash', text: 'npm test' });
    expect(tool('Write', { file_path: 'a.ts', content: 'x' })).toMatchObject({ label: 'Write', text: 'a.ts' });
    expect(tool('Edit', { file_path: '/workspace/worktrees/01a1fc58-639f-75ff-90b7-1610e591ff26/src/a.ts' })).toMatchObject({ text: 'src/a.ts' });
    expect(tool('TodoWrite', { todos: [1] })).toMatchObject({ text: '1 item' });
    expect(tool('mcp__x__y', { odd: 1 })).toMatchObject({ text: '{"odd":1}' });
  });

  test('shows the first line of a result and says how much more there is', () => {
    const result = (content: unknown, is_error = false) => summarize({ type: 'user', message: { content: [{ type: 'tool_result', content, is_error }] } })?.[0];
    expect(result('one\ntwo\nthree')).toEqual({ kind: 'tool-result', label: 'Result', text: 'one … 2 more lines' });
    expect(result([{ type: 'text', text: 'ok' }])).toMatchObject({ text: 'ok' });
    expect(result('Exit code 1', true)).toMatchObject({ kind: 'tool-error', label: 'Failed' });
  });

  test('tells a good end from a bad one by both of its marks', () => {
    expect(summarize({ type: 'result', subtype: 'success', is_error: false, result: 'All of it again.', num_turns: 2, duration_ms: 65_000 })).toEqual([{ kind: 'result', label: 'Done', text: '2 turns · 1m 05s' }]);
    expect(summarize({ type: 'result', subtype: 'success', is_error: true, result: 'API Error' })).toMatchObject([{ kind: 'result-error', text: 'API Error' }]);
    expect(summarize({ type: 'result', subtype: 'error_max_turns', is_error: false })).toMatchObject([{ kind: 'result-error', text: 'error max turns' }]);
  });

  test.each([
    [{ type: 'control_request', request_id: 'r', request: { subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'npm publish\n --now' } } }, 'Question', 'Claude asks whether it may use Bash: npm publish --now'],
    [{ type: 'control_request', request_id: 'r', request: { subtype: 'can_use_tool', tool_name: 'AskUserQuestion', input: {} } }, 'Question', 'Claude has a question'],
    [{ type: 'control_cancel_request', request_id: 'r' }, 'Question', 'Claude Code does not wait for an answer any more'],
    [{ type: 'control_response', response: { subtype: 'success', request_id: 'r' } }, 'Control', 'Claude Code took a request of Anyon'],
    [{ type: 'control_response', response: { subtype: 'error', error: 'no such mode' } }, 'Control', 'Claude Code refused a request of Anyon: no such mode'],
    [{ type: 'system', subtype: 'task_started', task_id: 't', description: 'npm test' }, 'Task', 'Began · npm test'],
    [{ type: 'system', subtype: 'task_progress', task_id: 't', description: 'npm test', usage: { tool_uses: 1 } }, 'Task', 'At work · npm test · 1 step'],
    [{ type: 'system', subtype: 'task_updated', task_id: 't', patch: { status: 'in_progress' } }, 'Task', 'Changed · in progress'],
    [{ type: 'system', subtype: 'task_notification', task_id: 't', status: 'completed', summary: 'All green' }, 'Task', 'Ended · completed · All green'],
    [{ type: 'system', subtype: 'background_tasks_changed', tasks: [{}] }, 'Task', '1 in the background'],
    [{ type: 'system', subtype: 'hook_response', hook_name: 'SessionStart:startup', exit_code: 2 }, 'Hook', 'SessionStart:startup ended with exit code 2'],
    [{ type: 'system', subtype: 'permission_denied', tool_name: 'Bash', message: 'not here' }, 'Not allowed', 'Claude was not allowed to use Bash: not here'],
    [{ type: 'system', subtype: 'session_state_changed', state: 'requires_action' }, 'Session', 'State: requires action'],
    [{ type: 'rate_limit_event', rate_limit_info: { status: 'allowed' } }, 'Usage limit', 'Not reached'],
    [{ type: 'tool_progress', tool_name: 'Bash', elapsed_time_seconds: 30.4 }, 'Bash', 'At work for 30 s'],
  ])('says in one line what the machinery says: %j', (event, label, text) => {
    expect(summarize(event)).toMatchObject([{ label, text }]);
  });

  test('bounds what it says of the machinery to one short line', () => {
    const [summary] = summarize({ type: 'system', subtype: 'task_started', description: 'long\n'.repeat(10_000) }) ?? [];
    expect(summary?.text).toMatch(/^Began · long long .{300,400} …$/);
  });

  test('leaves requests and messages that it has no words for as they are', () => {
    expect(summarize({ type: 'control_request', request: { subtype: 'mcp_message', message: {} } })).toBeNull();
    expect(summarize({ type: 'control_response', response: {} })).toBeNull();
    expect(summarize({ type: 'system', subtype: 'informational' })).toBeNull();
    expect(summarize({ type: 'assistant', message: { content: [] } })).toBeNull();
    expect(summarize({ type: 'rate_limit_event' })).toBeNull();
  });

  test('leaves unknown kinds, broken JSON and megabytes as they are', () => {
    expect(summarize({ type: 'something_new' })).toBeNull();
    expect(summarize({ type: 'system', subtype: 'new' })).toBeNull();
    expect(summarizeStreamJson('{"type":')).toBeNull();
    expect(summarizeStreamJson('[1]')).toBeNull();
    expect(summarizeStreamJson(`{"type":"result","result":"${'x'.repeat(3_000_000)}"}`)).toBeNull();
  });
});
