import { limitHeaders, sendError } from './errors.mjs';
import { directivesIn, numberOf } from './directives.mjs';
import { firstTurnOf } from './scenarios.mjs';

const failed = new Map();
const MOST_REMEMBERED = 10_000;

/** Names that play no turn but spoil the one they stand at. */
export const FAILURES = new Set(['error', 'fail', 'hang', 'drop', 'cut', 'stall', 'slow']);

/**
 * Carries out the failure that stands at this turn. Returns `handled` when the request is answered (or never will be), else how
 * the answer is to be streamed: `delay` in ms per piece, `cutAfter` events by a closed connection or an error event, `stallAfter` events for ever.
 */
export function applyFailures({ request, response, directives, turn }) {
  const playing = directives.filter((directive) => !FAILURES.has(directive.name));
  const style = {};
  for (const [index, directive] of directives.entries()) {
    if (!FAILURES.has(directive.name)) continue;
    const before = directives.slice(0, index).filter((other) => !FAILURES.has(other.name)).length;
    if (directive.name === 'slow') style.delay = numberOf(directive.args.ms, 300, { max: 600_000 });
    else if (firstTurnOf(playing, before) === turn && applyOne({ request, response, directive, style })) return { handled: true };
  }
  return { handled: false, style };
}

/**
 * Whether a `hang sticky=true` anywhere in the conversation keeps this request from an answer: `times` of them, whatever is asked after it. So a
 * service is played that answers nobody, however often it is asked.
 */
export function staysSilent(messages) {
  const [sticky] = directivesIn(JSON.stringify(messages ?? [])).filter(({ name, args }) => name === 'hang' && args.sticky === 'true');
  if (sticky === undefined) return false;
  const count = (failed.get(sticky.raw) ?? 0) + 1; // not begun anew after an answer: the conversation holds the directive for ever
  failed.set(sticky.raw, count);
  return count <= numberOf(sticky.args.times, Infinity);
}

function applyOne({ request, response, directive: { name, args, raw }, style }) {
  if (name === 'hang') return true;
  if (name === 'stall') {
    style.stallAfter = numberOf(args.after, 5, { min: 1 });
    return false;
  }
  if (name === 'drop') {
    request.socket.destroy();
    return true;
  }
  if (name === 'cut') {
    if (!stillFails(raw, numberOf(args.times, Infinity))) return false;
    style.cutAfter = numberOf(args.after, 3, { min: 1 });
    style.cutBy = args.by === 'error' ? 'error' : 'close';
    return false;
  }
  if (name === 'fail' && !stillFails(raw, numberOf(args.times, 2))) return false;
  refuse(response, args);
  return true;
}

/** Counts the failures of one directive as written; starts over after the success, so that the same prompt works again. */
function stillFails(raw, times) {
  const count = (failed.get(raw) ?? 0) + 1;
  if (failed.size >= MOST_REMEMBERED) failed.clear();
  if (count <= times) failed.set(raw, count);
  else failed.delete(raw);
  return count <= times;
}

function refuse(response, args) {
  const status = numberOf(args.status, 529, { min: 400, max: 599 });
  const headers = status === 429 ? limitHeaders({ seconds: numberOf(args.reset, 1), subscription: args.kind === 'subscription' }) : {};
  sendError(response, status, args.message, headers);
}
