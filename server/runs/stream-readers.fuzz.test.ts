import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSpeltSecrets } from '@/server/runs/spelt-secrets';
import { TypingBlocks } from '@/server/runs/conversation/typing-blocks';
import { lastSaidIn, lastSentence } from '@/server/runs/last-said';
import { parseResultLine, usageOfMessages, usageOfResults } from '@/server/runs/result-line';
import { jsonOf } from '@/server/runs/stored-payload';
import { BackgroundTasks } from '@/server/runs/watchdog/background-tasks';
import { ToolsInFlight } from '@/server/runs/watchdog/tools-in-flight';
import { createMasker } from '@/server/secrets/mask';
import { maskTokens } from '@/server/secrets/masked-text';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { deepJson, nearly } from '@/tests/setup/hostile-bytes';
import { realLines } from '@/tests/setup/conversation-events';

const secret = 'correct-horse-battery';
const masker = createMasker([secret]);
const spelt = [...secret].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const typed = [
  { type: 'system', subtype: 'background_tasks_changed', tasks: [{ task_id: 'a', task_type: 'local_agent', description: 'A part of the work' }] },
  { type: 'stream_event', event: { type: 'message_start', message: { id: 'm' } } },
  { type: 'stream_event', event: { type: 'content_block_start', content_block: { type: 'text', text: '' } } },
  { type: 'stream_event', event: { type: 'content_block_delta', delta: { text: secret.slice(0, 9) } } },
  { type: 'stream_event', event: { type: 'content_block_delta', delta: { text: secret.slice(9) } } },
  { type: 'stream_event', event: { type: 'content_block_stop' } },
];
const lines = nearly([...realLines('2.1.329').map((line) => JSON.parse(line) as unknown), ...typed]).map((value) => JSON.stringify(value));
const event = (kind: string, payload: string) => ({ kind, subtype: null, payload: maskTokens(payload), offset: 0, bytes: payload.length, at: null, truncated: false });
const typingText = (pieces: readonly string[]) => {
  const blocks = new TypingBlocks();
  for (const [offset, line] of pieces.entries()) blocks.take(line, offset, masker);
  return JSON.stringify(blocks.piecesFor(new Map(), masker));
};

describe('readers of the lines that are stored', () => {
  it('take a result, or what is none, for numbers that a row can hold', async () => {
    await holdsFor(lines, (line) => {
      const result = parseResultLine(line);
      const counted = [result?.usage ?? null, usageOfResults(result ? [result, result] : []), usageOfMessages([line, line])].filter((usage) => usage !== null);
      for (const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, turns } of counted) {
        for (const count of [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, turns ?? 0]) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      }
    });
    expect(parseResultLine(`{"type":"result","subtype":"x","errors":[${deepJson('1')}]}`)).toBeNull();
  });

  it('find a last sentence and tools at work in anything', async () => {
    await holdsFor(fc.array(lines, { maxLength: 5 }), (given) => {
      const said = lastSaidIn(given.map((line) => event('assistant', line)));
      if (said !== null) expect(lastSentence(said).length).toBeLessThanOrEqual(300);
      for (const line of given) jsonOf(line.slice(line.length / 2));
      const tools = new ToolsInFlight();
      for (const line of given) for (const kind of ['assistant', 'user']) tools.take(event(kind, line));
      tools.name();
      const tasks = new BackgroundTasks();
      for (const line of given) tasks.take({ ...event('system', line), subtype: 'background_tasks_changed' });
      expect(tasks.name()?.length ?? 0).toBeLessThan(120);
    });
  });

  it.each(['```\n', '~~~', '*_', '[![', '](', '**a ', '\n', '`', '> ', '1. ', '  \n\t', 'a. '])('find it in 4,000 letters of %j in no time', async (piece) => {
    await growsStraight((size) => piece.repeat(size / piece.length), lastSentence, 2048 * 8);
  });

  it('show a browser no secret that a line spells by escapes', async () => {
    const spelling = fc.tuple(lines, fc.nat()).map(([line, at]) => {
      const texts = [...line.matchAll(/"(?=[,}\]:])/g)];
      const place = texts[at % Math.max(1, texts.length)]?.index ?? 0;
      return `${line.slice(0, place)}${spelt}${line.slice(place)}`;
    });
    await holdsFor(spelling, (line) => {
      const shown = withoutSpeltSecrets(masker.maskText(line), masker) ?? '';
      let parsed: unknown = null;
      try {
        parsed = JSON.parse(shown);
      } catch {
        return; // plain text
      }
      expect(JSON.stringify(parsed)).not.toContain(secret);
    });
  });

  it('show what is being written masked, whatever comes between', async () => {
    await holdsFor(fc.array(fc.oneof(lines, fc.constantFrom(...typed.map((line) => JSON.stringify(line)))), { maxLength: 12 }), (given) => expect(typingText(given)).not.toContain(secret));
    expect(typingText(typed.map((line) => JSON.stringify(line)))).toContain('*'.repeat(secret.length));
  });

  it('take time by the length of what is written, in however small pieces', async () => {
    const delta = JSON.stringify({ type: 'stream_event', event: { type: 'content_block_delta', delta: { text: 'x' } } });
    const begin = JSON.stringify(typed[1]);
    await growsStraight((size) => [begin, ...Array.from({ length: size }, () => delta)], typingText, 128 * 1024);
    await growsStraight((size) => `{"a":"${'\\u0041'.repeat(size / 6)}"}`, (line) => withoutSpeltSecrets(maskTokens(line), masker));
  });
});
