import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '@/tests/setup/simulator';
import type { RunningSimulator } from '@/tests/setup/simulator';

interface Block {
  type: string;
  text?: string;
  name?: string;
  input?: Record<string, unknown>;
}
interface Message {
  role: string;
  content: unknown;
}

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

function post(messages: Message[], options: { key?: string; stream?: boolean; tools?: unknown[]; signal?: AbortSignal } = {}): Promise<Response> {
  const body = { model: 'claude-test', max_tokens: 100, messages, stream: options.stream ?? false, tools: options.tools ?? [{ name: 'Bash' }] };
  const key = options.key ?? 'any';
  return fetch(`${simulator.url}/v1/messages?beta=true`, { method: 'POST', headers: key ? { 'x-api-key': key } : {}, body: JSON.stringify(body), signal: options.signal ?? null });
}

const says = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

async function answer(messages: Message[]): Promise<{ content: Block[]; stop_reason: string }> {
  return (await (await post(messages)).json()) as { content: Block[]; stop_reason: string };
}

/** Answers tool uses the way the CLI does until there are none; returns all blocks. */
async function conversation(prompt: string, result: (block: Block) => string): Promise<Block[]> {
  const messages = [says(prompt)];
  const blocks: Block[] = [];
  for (;;) {
    const { content, stop_reason } = await answer(messages);
    blocks.push(...content);
    if (stop_reason !== 'tool_use') return blocks;
    messages.push({ role: 'assistant', content });
    messages.push({ role: 'user', content: content.filter((block) => block.type === 'tool_use').map((block) => ({ type: 'tool_result', content: [{ type: 'text', text: result(block) }] })) });
    messages.push({ role: 'system', content: 'a note of the CLI' });
  }
}

describe('the simulator', () => {
  it('is healthy, counts tokens, answers HEAD, and says what it does not know', async () => {
    expect(await (await fetch(`${simulator.url}/health`)).json()).toEqual({ status: 'ok', name: 'claude-simulator' });
    expect((await fetch(`${simulator.url}/api/hello`, { method: 'HEAD' })).status).toBe(200);
    const counted = await fetch(`${simulator.url}/v1/messages/count_tokens`, { method: 'POST', body: JSON.stringify({ messages: [says('x'.repeat(400))] }) });
    expect(((await counted.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(100);
    expect((await fetch(`${simulator.url}/v1/unknown`)).status).toBe(404);
    expect((await fetch(`${simulator.url}/v1/messages`, { method: 'POST', body: 'no json' })).status).toBe(400);
  });

  it('wants a key, refuses one that says it is invalid, and prints neither', async () => {
    expect((await post([says('hi')], { key: '' })).status).toBe(401);
    const refused = await post([says('hi')], { key: 'sk-ant-invalid-123' });
    expect([refused.status, await refused.json()]).toEqual([401, { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } }]);
    expect(simulator.printed()).not.toContain('sk-ant');
  });

  it('streams the same answer that it gives whole', async () => {
    const prompt = [says('[[sim:text text="a 😀 long \\"answer\\"\\nof two lines"]]')];
    const whole = await answer(prompt);
    const events = (await (await post(prompt, { stream: true })).text())
      .split('\n\n')
      .filter(Boolean)
      .map((event) => JSON.parse(event.slice(event.indexOf('\ndata: ') + 7)) as { type: string; delta?: { text?: string; stop_reason?: string } });
    expect(events.map((event) => event.delta?.text ?? '').join('')).toBe('a 😀 long "answer"\nof two lines');
    expect(whole.content).toEqual([{ type: 'text', text: 'a 😀 long "answer"\nof two lines' }]);
    expect([events[0]?.type, events.at(-2)?.delta?.stop_reason, events.at(-1)?.type]).toEqual(['message_start', 'end_turn', 'message_stop']);
  });

  it('plays several directives one after the other', async () => {
    const blocks = await conversation('please [[sim:bash cmd="echo a"]] then [[sim:write path=/x/y.txt content="1\\n"]] [[sim:text text=bye]]', () => 'ok');
    expect(blocks.filter((block) => block.type === 'tool_use').map((block) => [block.name, block.input])).toEqual([
      ['Bash', { command: 'echo a', description: 'Run a command' }],
      ['Write', { file_path: '/x/y.txt', content: '1\n' }],
    ]);
    expect(blocks.at(-1)?.text).toBe('bye');
  });

  it('keeps a directive from models that it is not for', async () => {
    expect((await answer([says('[[sim:text for=test text=mine]] [[sim:error status=500 for=other]]')])).content).toEqual([{ type: 'text', text: 'mine' }]);
    expect((await answer([says('[[sim:text for=other text=theirs]]')])).content).toEqual([{ type: 'text', text: expect.stringContaining('Done') as string }]);
  });

  it.each([400, 401, 403, 404, 429, 500, 529])('fails with %i when asked to', async (status) => {
    const response = await post([says(`[[sim:error status=${status}]]`)]);
    const body = (await response.json()) as { error: { type: string; message: string } };
    expect([response.status, body.error.type.length > 0, body.error.message.length > 0]).toEqual([status, true, true]);
  });

  it('tells by headers when a limit starts over', async () => {
    const response = await post([says('[[sim:error status=429 reset=120 kind=subscription]]')]);
    expect(response.headers.get('retry-after')).toBe('120');
    const inSeconds = Date.parse(response.headers.get('anthropic-ratelimit-requests-reset') ?? '') / 1000 - Date.now() / 1000;
    expect(Math.abs(inSeconds - 120)).toBeLessThan(5);
    expect(Math.abs(Number(response.headers.get('anthropic-ratelimit-unified-reset')) - Date.now() / 1000 - 120)).toBeLessThan(5);
    expect((await post([says('[[sim:error status=429]]')])).headers.get('anthropic-ratelimit-unified-reset')).toBeNull();
  });

  it('fails as often as told, then works, then starts over', async () => {
    const statuses = [];
    for (let round = 0; round < 6; round++) statuses.push((await post([says('[[sim:fail times=2 status=529 id=a]]')])).status);
    expect(statuses).toEqual([529, 529, 200, 529, 529, 200]);
  });

  it('fails in the middle of a conversation, at the turn where the directive stands', async () => {
    const prompt = says('[[sim:bash cmd=ls]] [[sim:error status=500]]');
    const first = await answer([prompt]);
    expect(first.stop_reason).toBe('tool_use');
    const second = await post([prompt, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', content: 'ok' }] }]);
    expect(second.status).toBe(500);
  });

  it('drops, hangs and cuts', async () => {
    await expect(post([says('[[sim:drop]]')])).rejects.toThrow();
    await expect(post([says('[[sim:hang]]')], { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout|aborted/);
    await expect((await post([says('[[sim:cut after=4]] [[sim:long lines=100]]')], { stream: true })).text()).rejects.toThrow();
    expect(await (await post([says('[[sim:cut after=4 by=error]] [[sim:long]]')], { stream: true })).text()).toMatch(/event: error\ndata: .*overloaded_error/);
  });

  it('goes silent in the middle of an answer, and stays so for whatever is asked next where it is told to', async () => {
    const stalled = await post([says('[[sim:stall after=4]] [[sim:long lines=100]]')], { stream: true, signal: AbortSignal.timeout(500) });
    await expect(stalled.text()).rejects.toThrow(/timeout|aborted/);
    const sticky = [says('[[sim:hang sticky=true times=1 id=simulator-test]]'), { role: 'assistant' as const, content: [] }, says('[[sim:text text=answered]]')];
    await expect(post(sticky, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout|aborted/);
    for (let round = 0; round < 2; round++) expect((await answer(sticky)).content[0]?.text).toBe('answered');
  });

  it('says as many megabytes as asked for, to a reader of any speed', async () => {
    const response = await post([says('[[sim:huge mb=5]]')], { stream: true });
    let bytes = 0;
    for (const event of (await response.text()).split('\n\n')) {
      const delta = event.startsWith('event: content_block_delta') ? (JSON.parse(event.slice(event.indexOf('\ndata: ') + 7)) as { delta: { text: string } }).delta.text : '';
      bytes += delta.length;
    }
    expect(bytes).toBe(5 * 1024 * 1024);
  });

  it('tells whether the system prompt contains a text', async () => {
    expect((await answer([says('[[sim:system contains=marmalade]]')])).content[0]?.text).toBe('The system prompt does not contain it.');
  });

  it('is slow when asked to', async () => {
    const begun = Date.now();
    await (await post([says('[[sim:slow ms=100]] [[sim:text text="123456789012345678901234567890"]]')], { stream: true })).text();
    expect(Date.now() - begun).toBeGreaterThan(190);
  });

  it('ends for the token limit, refuses, and says nothing', async () => {
    expect((await answer([says('[[sim:max-tokens]]')])).stop_reason).toBe('max_tokens');
    expect((await answer([says('[[sim:refusal]]')])).stop_reason).toBe('refusal');
    expect((await answer([says('[[sim:empty]]')])).content).toEqual([]);
    expect((await answer([says('[[sim:nonsense]]')])).content[0]?.text).toContain('no scenario named nonsense');
  });

  it('answers the newest prompt, not the reminders and notes around it', async () => {
    const history = [says('[[sim:text text=old]]'), { role: 'assistant', content: [{ type: 'text', text: 'old' }] }];
    const newest = { role: 'user', content: [{ type: 'text', text: '[[sim:text text=new]]' }, { type: 'text', text: '<system-reminder>[[sim:text text=no]]</system-reminder>' }] };
    expect((await answer([...history, newest, { role: 'system', content: '[[sim:text text=no]]' }])).content[0]?.text).toBe('new');
  });
});

describe('a prompt without a directive', () => {
  it('gets real work: a look, the file that was named, a check, and a summary that does not pretend', async () => {
    const blocks = await conversation('Write a poem into docs/poem.md, please', (block) => (block.name === 'Bash' ? '/workspace/repo\nabc first\n--- files\nREADME.md' : 'ok'));
    const tools = blocks.filter((block) => block.type === 'tool_use');
    expect(tools.map((block) => block.name)).toEqual(['Bash', 'Write', 'Bash']);
    expect(tools[1]?.input?.['file_path']).toBe('/workspace/repo/docs/poem.md');
    expect(tools[1]?.input?.['content']).toContain('Write a poem');
    expect(blocks[0]?.text).toContain('simulator');
    expect(blocks.at(-1)?.text).toMatch(/simulator/);
  });

  it.each([
    ['change README.md', '/workspace/repo/NOTES.md'],
    ['do something', '/workspace/repo/NOTES.md'],
    ['edit ../../etc/passwd.txt and .git/config.toml', '/workspace/repo/NOTES.md'],
    ['make app.py print hello', '/workspace/repo/app.py'],
  ])('%s: writes %s', async (prompt, expected) => {
    const blocks = await conversation(prompt, () => '/workspace/repo\n--- files\nREADME.md');
    expect(blocks.find((block) => block.name === 'Write')?.input?.['file_path']).toBe(expected);
  });
});
