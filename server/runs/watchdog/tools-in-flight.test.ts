import { describe, expect, it } from 'vitest';
import { ToolsInFlight, type StreamLine } from '@/server/runs/watchdog/tools-in-flight';

const line = (kind: string, content: unknown, { id = 'msg_1', parent = null as string | null } = {}): StreamLine => ({
  kind,
  subtype: null,
  payload: JSON.stringify({ type: kind, parent_tool_use_id: parent, message: { id, role: kind, content } }),
});
const call = (tool: string, name = 'Bash', where?: { id?: string; parent?: string | null }) => line('assistant', [{ type: 'tool_use', id: tool, name, input: {} }], where);
const answer = (tool: string, parent: string | null = null) => line('user', [{ type: 'tool_result', tool_use_id: tool, content: 'done' }], { parent });
const says = (id: string, parent: string | null = null) => line('assistant', [{ type: 'text', text: 'Now.' }], { id, parent });

const cases: Record<string, [StreamLine[], string | null]> = {
  'nothing': [[], null],
  'text': [[says('msg_1')], null],
  'a call': [[call('a')], 'Bash'],
  'a call that has answered': [[call('a'), answer('a')], null],
  'one of two that has answered': [[call('a'), call('b', 'Read'), answer('a')], 'Read'],
  'an answer that nobody saw, and Claude speaks again': [[call('a'), says('msg_2')], null],
  'an answer that was too long to be looked into': [[call('a'), { kind: 'oversized', subtype: null, payload: null }], null],
  'a new turn': [[call('a'), { kind: 'system', subtype: 'init', payload: null }], null],
  'a sub-agent that was not heard of': [[call('a', 'Task')], 'Task'],
  'a sub-agent with a tool at work': [[call('a', 'Task'), call('b', 'Bash', { id: 'msg_s', parent: 'a' })], 'Bash'],
  'a sub-agent that thinks': [[call('a', 'Task'), call('b', 'Bash', { id: 'msg_s', parent: 'a' }), answer('b', 'a')], null],
  'a sub-agent that thinks, and another tool': [[call('a', 'Task'), call('c'), call('b', 'Bash', { id: 'msg_s', parent: 'a' }), answer('b', 'a')], 'Bash'],
  'a message of a sub-agent ends no call of Claude itself': [[call('c'), says('msg_s', 'a')], 'Bash'],
  'content that is text': [[call('a'), line('user', 'local output')], 'Bash'],
  'half a line': [[call('a'), { kind: 'user', subtype: null, payload: '{"type":"us' }], 'Bash'],
};

describe('N5 tools in flight', () => {
  it.each(Object.entries(cases))('%s', (_name, [lines, expected]) => {
    const tools = new ToolsInFlight();
    for (const each of lines) tools.take(each);
    expect(tools.name()).toBe(expected);
  });
});
