const DIRECTIVE = /\[\[sim:([a-z][a-z0-9-]*)((?:\s+[a-z][a-z0-9-]*=(?:"(?:[^"\\]|\\.)*"|[^\s"\]]+))*)\s*\]\]/g;
const ARGUMENT = /([a-z][a-z0-9-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"\]]+))/g;
const ESCAPES = { n: '\n', t: '\t', r: '\r' };

/**
 * The directives of a prompt, in their order: `[[sim:name key=value key="value with \"quotes\", \n and \\"]]`.
 *
 * @param {string} text
 * @returns {{name: string, args: Record<string, string>, raw: string}[]}
 */
export function directivesIn(text) {
  return [...text.matchAll(DIRECTIVE)].map(([raw, name, rest]) => ({ name, args: argumentsIn(rest), raw }));
}

function argumentsIn(text) {
  return Object.fromEntries([...text.matchAll(ARGUMENT)].map(([, key, quoted, bare]) => [key, quoted === undefined ? bare : unescape(quoted)]));
}

function unescape(text) {
  return text.replace(/\\(.)/gs, (_, character) => ESCAPES[character] ?? character);
}

/** A number argument between bounds, or the default when it is absent or not a number. */
export function numberOf(value, fallback, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  const number = Number(value ?? fallback);
  return Number.isFinite(number) ? Math.min(max, Math.max(min, number)) : fallback;
}
