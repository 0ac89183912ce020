/** Stands at the end of the text in which a line was cut. */
export const CUT_HERE = '\u{f8ff}';

/**
 * Makes JSON of the beginning of JSON: what is open is closed. A text that was cut ends with CUT_HERE; a name, a number or a word that was
 * cut is left out with what belongs to it.
 */
export function closeCutJson(beginning: string): string {
  let ends: string[] = [];
  // Where it can always be cut: behind an opening bracket or before a comma.
  let safe = { at: 0, ends };
  let isValue = false;
  for (let at = 0; at < beginning.length; at += 1) {
    const character = beginning[at];
    if (character === '"') {
      const end = endOfText(beginning, at);
      if (end.at === null) return isValue || ends[0] === ']' ? `${beginning.slice(0, end.whole)}${CUT_HERE}"${ends.join('')}` : closed(beginning, safe);
      at = end.at;
    } else if (character === '{' || character === '[') {
      ends = [character === '{' ? '}' : ']', ...ends];
      safe = { at: at + 1, ends };
      isValue = false;
    } else if (character === '}' || character === ']') {
      ends = ends.slice(1);
    } else if (character === ',') {
      safe = { at, ends };
      isValue = false;
    } else if (character === ':') {
      isValue = true;
    }
  }
  return ends.length === 0 ? beginning : closed(beginning, safe);
}

function closed(beginning: string, { at, ends }: { at: number; ends: string[] }): string {
  return `${beginning.slice(0, at)}${ends.join('')}`;
}

/** Where the text that begins here ends; null when it does not, and up to where it is whole then: half an escape is none. */
function endOfText(json: string, from: number): { at: number | null; whole: number } {
  for (let at = from + 1; at < json.length; at += 1) {
    if (json[at] === '"') return { at, whole: at };
    if (json[at] !== '\\') continue;
    const length = json[at + 1] === 'u' ? 6 : 2;
    if (at + length > json.length) return { at: null, whole: at };
    at += length - 1;
  }
  return { at: null, whole: json.length };
}
