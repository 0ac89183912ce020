import { randomBytes } from 'node:crypto';
import { latestRequest, planFileIn } from './conversation.mjs';
import { directivesIn } from './directives.mjs';
import { requestId, sendError, sendJson } from './errors.mjs';
import { applyFailures, FAILURES, staysSilent } from './failures.mjs';
import { playNewcomer } from './newcomer.mjs';
import { playDirectives, text } from './scenarios.mjs';
import { streamMessage } from './streaming.mjs';

const NEWCOMER_DELAY = 20;

/** POST /v1/messages, streaming or not. The prompt decides what happens; any key will do but an absent one or one with "invalid" in it. */
export async function answerMessages({ request, response, body }) {
  const key = request.headers['x-api-key'] ?? request.headers.authorization ?? '';
  if (key === '') return sendError(response, 401, 'x-api-key header is required');
  if (/invalid/i.test(key)) return sendError(response, 401);

  // Requests without tools are the CLI's own (titles, warm-ups): the person's directives are not for them.
  if (!body.tools?.length) return respond({ response, body, answer: { blocks: [text('Simulated.')] }, style: {} });

  if (staysSilent(body.messages)) return undefined;
  const { prompt, turn, results } = latestRequest(body.messages);
  const written = directivesIn(prompt);
  if (written.length === 0) {
    return respond({ response, body, answer: playNewcomer({ prompt, turn, results }), style: { delay: NEWCOMER_DELAY } });
  }
  const directives = written.filter(({ args }) => String(body.model).includes(args.for ?? ''));
  const { handled, style } = applyFailures({ request, response, directives, turn });
  if (handled) return undefined;
  const playing = directives.filter((directive) => !FAILURES.has(directive.name));
  return respond({ response, body, answer: playDirectives(playing, turn, { system: JSON.stringify(body.system ?? ''), planFile: planFileIn(body.messages ?? []) }), style });
}

function respond({ response, body, answer, style }) {
  const stopReason = answer.stopReason ?? (answer.blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn');
  const usage = usageOf(body, answer.blocks);
  const message = { id: `msg_${randomBytes(12).toString('hex')}`, type: 'message', role: 'assistant', model: body.model ?? 'simulator', content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } };
  if (body.stream) return streamMessage({ response, message, blocks: answer.blocks, stopReason, usage, style });
  const content = answer.blocks.map((block) => (block.parts ? text([...block.parts].join('')) : block));
  sendJson(response, 200, { ...message, content, stop_reason: stopReason, usage }, { 'request-id': requestId() });
  return undefined;
}

/** Four bytes are taken for a token: good enough to see costs move. A generated text is not counted, only guessed. */
function usageOf(body, blocks) {
  return {
    input_tokens: Math.ceil(JSON.stringify(body.messages).length / 4),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: Math.ceil(JSON.stringify(body.system ?? '').length / 4),
    output_tokens: Math.max(1, Math.ceil(JSON.stringify(blocks).length / 4)),
    service_tier: 'standard',
  };
}
