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

  test('leaves unknown kinds, broken JSON and megabytes as they are', () => {
    expect(summarize({ type: 'something_new' })).toBeNull();
    expect(summarize({ type: 'system', subtype: 'new' })).toBeNull();
    expect(summarizeStreamJson('{"type":')).toBeNull();
    expect(summarizeStreamJson('[1]')).toBeNull();
    expect(summarizeStreamJson(`{"type":"result","result":"${'x'.repeat(3_000_000)}"}`)).toBeNull();
  });
});
