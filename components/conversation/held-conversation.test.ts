import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConversationEvent } from '@/contract/conversation';
import { HeldConversation } from '@/components/conversation/held-conversation';
import type { ConversationState, Item, ToolItem } from '@/components/conversation/conversation-items';
import { eventAt, realLines, storedEvents } from '@/tests/setup/conversation-events';

const storedJson = (...lines: unknown[]) => storedEvents(lines.map((line) => JSON.stringify(line)));

function held(events: readonly ConversationEvent[]): ConversationState {
  const conversation = new HeldConversation();
  conversation.add(events);
  return conversation.state();
}

const itemsOf = (state: ConversationState): Item[] => state.turns.flatMap((turn) => turn.items);
const toolsOf = (items: readonly Item[]): ToolItem[] => items.filter((item) => item.kind === 'tool');

const answer = (id: string, content: unknown, more: object = {}) => ({ type: 'assistant', message: { id, model: 'claude-x', content, usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 5 } }, ...more });
const toolUse = (id: string, name: string, input: unknown) => ({ type: 'tool_use', id, name, input });
const toolResult = (id: string, content: unknown, more: object = {}) => ({ type: 'user', message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content, ...more }] } });

describe.each(['2.1.329', '2.1.112', '2.0.31'])('what Claude Code %s wrote', (version) => {
  const state = held(storedEvents(realLines(version)));
  const items = itemsOf(state);
  const tools = toolsOf(items);

  it('becomes turns: words, calls with their results, and the end', () => {
    expect(items.filter((item) => item.kind === 'text').map((item) => item.text).slice(0, 4)).toEqual(['I run a command.', 'I write the file.', 'I hand this on.', 'all **done**. Bye now.']);
    expect(tools.map(({ name }) => name)).toEqual(['Bash', 'Write', 'Edit', 'TodoWrite', 'Task']);
    expect(tools[0]).toMatchObject({ input: { command: 'echo hi; exit 3' }, output: { failed: true, parts: [{ kind: 'text', text: expect.stringContaining('hi') }] } });
    expect(tools[1]?.output).toMatchObject({ failed: false });
    expect(items.find((item) => item.kind === 'result')).toMatchObject({ failure: null });
    expect(state.model).toMatch(/^claude-/);
    expect(state.contextWindow).toBeGreaterThanOrEqual(200_000);
  });

  it('nests what the sub-agent did in the call that it worked for', () => {
    const task = tools.find(({ name }) => name === 'Task');
    expect(toolsOf(task?.steps ?? [])).toMatchObject([{ name: 'Bash', input: { command: 'echo sub' }, output: { parts: [{ kind: 'text', text: 'sub' }] } }]);
    expect(task?.steps.some((item) => item.kind === 'said'), 'its prompt stands in the call already').toBe(false);
  });

  it('shows nothing raw: every kind is known', () => {
    expect(items.filter((item) => item.kind === 'raw')).toEqual([]);
    expect([...items, ...tools.flatMap(({ steps }) => steps)].filter((item) => item.more && item.kind !== 'notice' && item.kind !== 'result')).toEqual([]);
  });

  it('counts the tokens of each message once', () => {
    const messages = new Map<string, number>();
    for (const line of realLines(version)) {
      const { type, message } = JSON.parse(line) as { type: string; message?: { id: string; usage: { input_tokens: number } } };
      if (type === 'assistant' && message) messages.set(message.id, message.usage.input_tokens);
    }
    expect(state.tokens.input).toBe([...messages.values()].reduce((sum, tokens) => sum + tokens, 0));
  });
});

describe('N13 a conversation', () => {
  it('is the same however its events are cut, repeated and ordered', () => {
    const versions = ['2.1.329', '2.1.112', '2.0.31'].map((version) => storedEvents(realLines(version)));
    fc.assert(
      fc.property(fc.constantFrom(...versions), fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 12 }), (events, cuts) => {
        const conversation = new HeldConversation();
        for (const [from, length] of cuts) conversation.add(events.slice(from, from + length));
        conversation.add(events);
        expect(conversation.state()).toEqual(held(events));
      }),
      { numRuns: 200 },
    );
  });

  it('is the same whatever the lines are, and none of them is lost or makes it fail', () => {
    const names = fc.constantFrom('type', 'subtype', 'message', 'content', 'id', 'name', 'input', 'tool_use_id', 'parent_tool_use_id', 'usage', 'text', 'is_error', 'result', 'status', 'task_id', 'new_field');
    const kinds = fc.constantFrom('assistant', 'user', 'system', 'result', 'rate_limit_event', 'control_request', 'control_response', 'text', 'tool_use', 'tool_result', 'thinking', 'image', 'init', 'task_started', 'constructor', 'a new kind');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, kinds, fc.string(), fc.integer(), fc.constant(null), fc.boolean(), fc.array(tie('value'), { maxLength: 4 }), tie('object')),
      object: fc.dictionary(names, tie('value'), { maxKeys: 6 }),
    }));
    const line = fc.oneof(fc.tuple(kinds, value).map(([type, message]) => JSON.stringify({ type, message, ...(typeof message === 'object' ? message : {}) })), value.map((any) => JSON.stringify(any)), fc.string().map((text) => text.replaceAll('\n', ' ')));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.nat(20), (lines, cut) => {
        const events = storedEvents(lines);
        const inPieces = new HeldConversation();
        inPieces.add(events.slice(cut));
        inPieces.add(events.slice(0, cut + 1));
        expect(inPieces.state()).toEqual(held(events));
      }),
      { numRuns: 500 },
    );
  });

  it('shows kinds, subtypes, blocks and fields that are not known yet as they came', () => {
    const items = itemsOf(
      held(
        storedJson(
          { type: 'dream', of: 'sheep' },
          { type: 'system', subtype: 'new_subtype', said: 'here' },
          answer('m1', [{ type: 'hologram', shape: 'cube' }, { type: 'text', text: 'hello', mood: 'calm' }], { weather: 'mild' }),
          { type: 'rate_limit_event', other: 1 },
          { type: 'assistant' },
        ),
      ),
    );
    const shown = JSON.stringify(items);
    for (const word of ['sheep', 'new_subtype', 'cube', 'calm', 'mild', 'rate_limit_event', 'assistant']) expect(shown).toContain(word);
    expect(items.map(({ kind }) => kind)).toEqual(['raw', 'raw', 'raw', 'text', 'raw', 'raw']);
  });

  it('says in words what the machinery says, with all of it to unfold', () => {
    const held = new HeldConversation();
    const line = { type: 'system', subtype: 'hook_response', hook_name: 'SessionStart', exit_code: 2, output: 'no' };
    held.add(storedEvents([JSON.stringify(line)]));
    expect(held.state().turns.flatMap((turn) => turn.items)).toMatchObject([{ kind: 'notice', words: 'Hook: SessionStart ended with exit code 2', more: line }]);
  });

  it('joins the blocks of a message in one turn and says the model where it changes', () => {
    const state = held(storedJson(answer('m1', [{ type: 'thinking', thinking: 'hm' }]), answer('m1', [{ type: 'text', text: 'a' }]), answer('m2', [{ type: 'text', text: 'b' }]), { ...answer('m3', 'c'), message: { ...answer('m3', 'c').message, model: 'claude-y' } }));
    expect(state.turns.map(({ messageId, model, contextTokens, items }) => [messageId, model, contextTokens, items.length])).toEqual([['m1', 'claude-x', 100, 2], ['m2', null, 100, 1], ['m3', 'claude-y', 100, 1]]);
    expect(state.tokens).toEqual({ input: 30, output: 15, cacheRead: 270, cacheWrite: 0 });
  });

  it('says a session once, and again when it is another', () => {
    const init = { type: 'system', subtype: 'init', model: 'claude-x', claude_code_version: '2.1.329', permissionMode: 'bypassPermissions' };
    const words = itemsOf(held(storedJson(init, init, { ...init, permissionMode: 'plan' }))).flatMap((item) => (item.kind === 'notice' ? [item.words] : []));
    expect(words).toEqual(['claude-x · Claude Code 2.1.329 · asks for nothing', 'claude-x · Claude Code 2.1.329 · plans only']);
  });

  it('keeps the newest list of things to do in full', () => {
    const todos = (status: string) => ({ todos: [{ content: 'one', status, activeForm: 'Doing one' }] });
    const tools = toolsOf(itemsOf(held(storedJson(answer('m1', [toolUse('t1', 'TodoWrite', todos('pending'))]), toolResult('t1', 'ok'), answer('m2', [toolUse('t2', 'TodoWrite', todos('completed'))])))));
    expect(tools.map(({ outdated }) => outdated)).toEqual([true, false]);
  });

  it('keeps every shape of a result: words, blocks, pictures by name, unknown ones raw; also without its call', () => {
    const [call, alone] = toolsOf(itemsOf(held(storedJson(answer('m1', [toolUse('t1', 'Read', {})]), toolResult('t1', [{ type: 'text', text: 'words' }, { type: 'image', source: { media_type: 'image/png', data: 'AAAA' } }, { type: 'sound' }]), toolResult('gone', 'alone', { is_error: true })))));
    expect(call?.output?.parts).toEqual([{ kind: 'text', text: 'words' }, { kind: 'image', type: 'image/png', bytes: 3 }, { kind: 'raw', text: expect.stringContaining('sound') }]);
    expect(alone).toMatchObject({ name: null, output: { failed: true } });
  });

  it('keeps what was seen as it was, and keeps the same objects for what did not change', () => {
    const conversation = new HeldConversation();
    const lines = storedJson(answer('m1', [toolUse('t1', 'Task', {})]), answer('m2', [toolUse('t2', 'Task', {})]), answer('m3', [toolUse('t3', 'Bash', {})], { parent_tool_use_id: 't2' }), toolResult('t3', 'done'));
    conversation.add(lines.slice(0, 3));
    const before = conversation.state();
    const copy = structuredClone(before);
    conversation.add(lines.slice(3));
    const after = conversation.state();
    expect(before).toEqual(copy);
    expect(after.turns[0]).toBe(before.turns[0]);
    expect(toolsOf(itemsOf(after))[1]?.steps).toMatchObject([{ id: 't3', output: { parts: [{ text: 'done' }] } }]);
  });

  it('shows calls that claim each other’s ids, or to stand in themselves, or endlessly deep', () => {
    const within = (id: string, parent: string | null) => answer('m1', [toolUse(id, 'Task', {})], { parent_tool_use_id: parent });
    const count = (items: readonly Item[]): number => items.reduce((sum, item) => sum + 1 + (item.kind === 'tool' ? count(item.steps) : 0), 0);
    const deep = Array.from({ length: 500 }, (_, at) => within(`d${at}`, at === 0 ? null : `d${at - 1}`));
    const state = held(storedJson(within('a', null), within('a', 'a'), within('b', 'a'), within('a', 'b'), toolResult('a', 'done'), ...deep));
    expect(count(itemsOf(state))).toBe(504);
    expect(toolsOf(itemsOf(state))[0]).toMatchObject({ id: 'a', output: { parts: [{ text: 'done' }] }, steps: [{ id: 'a' }, { id: 'b', steps: [{ id: 'a' }] }] });
  });

  it('says in words what went wrong', () => {
    const events = storedJson(
      { type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 3, retry_delay_ms: 2000, error_status: 529, error: 'overloaded' },
      { type: 'rate_limit_event', rate_limit_info: { status: 'rejected' } },
      { type: 'rate_limit_event', rate_limit_info: { status: 'allowed' } },
      { type: 'system', subtype: 'compact_boundary', compact_metadata: { trigger: 'auto', pre_tokens: 155_000 } },
      answer('m1', 'Not logged in', { error: 'authentication_failed' }),
      { type: 'result', subtype: 'error_max_turns', is_error: false, num_turns: 3 },
    );
    expect(itemsOf(held(events)).map((item) => (item.kind === 'notice' ? item.words : item.kind === 'result' ? item.failure : item.kind === 'text' && item.failure))).toEqual([
      'The service is overloaded (529). Claude Code tries again in 2s, attempt 1 of 3.',
      'The usage limit of the account is reached.',
      'Earlier messages were summarised to make room (they had 155k tokens).',
      'authentication_failed',
      'The limit of turns is reached.',
    ]);
  });

  it('joins plain text that stands together, however it was stored', () => {
    const one = itemsOf(held([eventAt(0, 4, 'text', 'one'), eventAt(4, 4, 'text', 'two'), eventAt(20, 4, 'text', 'far')]));
    expect(one).toMatchObject([{ kind: 'raw', text: 'one\ntwo' }, { kind: 'raw', text: 'far' }]);
  });
});
