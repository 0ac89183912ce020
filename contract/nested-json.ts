/** Nothing that people or programs write on purpose is deeper. JSON.parse takes any depth; what writes JSON, draws or walks it does not. */
const MOST_LEVELS = 200;

/** True of a text that would, as JSON, be nested deeper than anything that is meant. What is within texts does not count. Never throws; what is no JSON may be either. */
export function isTooDeep(json: string): boolean {
  let levels = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfText(json, at);
    else if (code === BRACE || code === BRACKET) {
      levels += 1;
      if (levels > MOST_LEVELS) return true;
    } else if (code === BRACE + 2 || code === BRACKET + 2) levels -= 1;
  }
  return false;
}

/** The value of a JSON text; null for what is no JSON, or is nested too deep. */
export function parseShallowJson(json: string): unknown {
  if (isTooDeep(json)) return null;
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/** Where the text that begins at `from` has its closing mark, or the end. */
function endOfText(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return json.length;
}
