import { plantedTokens } from './planted-tokens.mjs';

const HUGE_LINE_BYTES = 10 * 1024 * 1024;
/** Not UTF-8, or the beginning of a character that never comes, and NUL. */
const BAD_BYTES = [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80, 0x80], [0x00], [0x00, 0xff, 0x00], [0xed, 0xa0, 0x80]];
const WORDS = ['tests', 'pass', 'größer', '€', '日本語', '😀', 'const', 'index.ts', 'because', '\\n', 'I will', 'look', 'at'];

/**
 * Endless parts `{bytes, event, pauseMs}` of standard output. `event`: this is a line that must become one row. After a third of
 * `bytes` comes one line of 10 MB. A part that ends in the middle of a secret is followed by a pause and then by the rest.
 */
export function* hostileContent({ random, credential, bytes }) {
  const secrets = [...plantedTokens, credential, Buffer.from(`x${credential}`).toString('base64'), Buffer.from(credential).toString('base64')];
  const pick = (list) => list[Math.floor(random() * list.length)];
  let written = 0;
  let hugeIsDue = true;
  for (;;) {
    const parts = hugeIsDue && written > bytes / 3 ? hugeLine(random, pick, secrets) : pick(KINDS)(random, pick, secrets);
    if (written > bytes / 3) hugeIsDue = false;
    for (const part of parts) {
      written += part.bytes.length;
      yield part;
    }
  }
}

/** Endless pieces of standard error. */
export function* hostileErrors({ random, credential }) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  for (;;) {
    yield Buffer.concat([Buffer.from(`\u001b[31merror\u001b[0m ${words(random, pick, 60)} `), Buffer.from(pick(BAD_BYTES)), Buffer.from(random() < 0.2 ? `${pick([...plantedTokens, credential])}\n` : '\n')]);
  }
}

const KINDS = [assistant, assistant, assistant, assistant, toolResult, toolResult, partialMessage, plainText, garbage, leak, splitLeak];

function assistant(random, pick) {
  return [event({ type: 'assistant', message: { id: `msg_${Math.floor(random() * 1e9)}`, content: [{ type: 'text', text: words(random, pick, 700) }], usage: { input_tokens: 3, output_tokens: 4 } } })];
}

/** With bytes that are no UTF-8 inside the JSON string, and now and then long enough to span many reads. */
function toolResult(random, pick) {
  const text = words(random, pick, random() < 0.02 ? 40_000 : 300);
  const line = `{"type":"user","message":{"content":[{"type":"tool_result","content":"${text}\u001b[32mok\u001b[0m`;
  // A raw control character is no JSON, so this line is plain text to a parser; without one it is an event.
  const plain = random() < 0.3;
  const start = plain ? line : line.replaceAll('\u001b', '\\u001b');
  return [{ bytes: Buffer.concat([Buffer.from(start), Buffer.from(pick(BAD_BYTES)), Buffer.from('"}]}}\n')]), event: !plain }];
}

function partialMessage(random, pick) {
  return [{ bytes: Buffer.from(`${JSON.stringify({ type: 'stream_event', event: { delta: { text: words(random, pick, 5) } } })}\n`) }];
}

function plainText(random, pick) {
  return [{ bytes: Buffer.from(`\u001b[1;3${Math.floor(random() * 8)}m${words(random, pick, 40)}\u001b[0m\n\r\n\t${words(random, pick, 9)}\n`) }];
}

function garbage(random, pick) {
  const pieces = Array.from({ length: 200 }, () => Buffer.from(random() < 0.5 ? pick(BAD_BYTES) : [Math.floor(random() * 256)]));
  return [{ bytes: Buffer.concat([...pieces, Buffer.from('\n')]) }];
}

function leak(random, pick, secrets) {
  if (random() < 0.5) return [event({ type: 'assistant', message: { content: [{ type: 'text', text: `the key is ${pick(secrets)} ${words(random, pick, 20)}` }] } })];
  return [{ bytes: Buffer.from(`export TOKEN=${pick(secrets)}\n`) }];
}

function splitLeak(random, pick, secrets) {
  const secret = pick(secrets);
  const at = 1 + Math.floor(random() * (secret.length - 1));
  const pauseMs = random() < 0.01 ? 400 : 0;
  return [{ bytes: Buffer.from(`found ${secret.slice(0, at)}`), pauseMs }, { bytes: Buffer.from(`${secret.slice(at)} in .env\n`) }];
}

/** No newline in 10 MB, but everything else. */
function hugeLine(random, pick, secrets) {
  const parts = [Buffer.from('{"type":"assistant","huge":"')];
  let size = 0;
  while (size < HUGE_LINE_BYTES) {
    const part = Buffer.concat([Buffer.from(`${words(random, pick, 2_000).replaceAll('\n', ' ')} ${pick(secrets)} `), Buffer.from(pick(BAD_BYTES))]);
    parts.push(part);
    size += part.length;
  }
  return [...parts.map((bytes) => ({ bytes })), { bytes: Buffer.from('"}\n') }];
}

function event(value) {
  return { bytes: Buffer.from(`${JSON.stringify(value)}\n`), event: true };
}

function words(random, pick, count) {
  let text = '';
  for (let i = 0; i < count; i++) text += `${pick(WORDS)} `;
  return text;
}
