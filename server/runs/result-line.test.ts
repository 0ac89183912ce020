import { describe, expect, it } from 'vitest';
import { parseResultLine, usageOfMessages, usageOfResults } from '@/server/runs/result-line';

describe('the result line', () => {
  it('is read whatever the order of its keys and whatever else it carries', () => {
    const line = parseResultLine(
      '{"new_field":[1],"usage":{"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":5,"cache_creation_input_tokens":6,"x":{}},"total_cost_usd":0.5,"num_turns":2,"result":"Done","is_error":false,"subtype":"success","permission_denials":[{}],"type":"result"}',
    );
    expect(line).toEqual({
      subtype: 'success',
      isError: false,
      text: 'Done',
      errors: [],
      permissionDenials: 1,
      apiErrorStatus: null,
      usage: { inputTokens: 3, outputTokens: 4, cacheReadTokens: 5, cacheWriteTokens: 6, costUsd: 0.5, turns: 2 },
    });
  });

  it.each(['', '{"type":"result"', '{"type":"assistant"}', 'null', '[]', '{"type":"result"}'])('is not made of %j', (payload) => {
    expect(parseResultLine(payload)).toBeNull();
  });

  it('tells errors that are not texts as JSON', () => {
    expect(parseResultLine('{"type":"result","subtype":"error_during_execution","errors":["a",{"b":1}]}')?.errors).toEqual(['a', '{"b":1}']);
  });
});

describe('tokens of a run without a result line', () => {
  const message = (id: string, input: number, output: number) => JSON.stringify({ type: 'assistant', message: { id, usage: { input_tokens: input, output_tokens: output } } });

  it('count every message once, with its last figures', () => {
    const usage = usageOfMessages([message('a', 10, 1), message('a', 10, 7), message('b', 1, 2), 'not json', '{"type":"user"}']);
    expect(usage).toMatchObject({ inputTokens: 11, outputTokens: 9, costUsd: null });
  });
});

describe('what a start has used', () => {
  const line = (tokens: number, cost: number, turns: number) =>
    parseResultLine(JSON.stringify({ type: 'result', subtype: 'success', num_turns: turns, total_cost_usd: cost, usage: { input_tokens: tokens, output_tokens: 1, cache_read_input_tokens: 10 } }))!;

  it('is the sum of its result lines; the cost is in the last one', () => {
    expect(usageOfResults([line(100, 0.25, 2), line(40, 0.4, 1)])).toEqual({ inputTokens: 140, outputTokens: 2, cacheReadTokens: 20, cacheWriteTokens: 0, costUsd: 0.4, turns: 3 });
  });

  it('is not known without any', () => {
    expect(usageOfResults([])).toBeNull();
    expect(usageOfResults([parseResultLine('{"type":"result","subtype":"success"}')!])).toBeNull();
  });
});
