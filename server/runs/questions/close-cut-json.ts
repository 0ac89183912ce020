/** Stands at the end of the text in which a line was cut. */
export const CUT_HERE = '\u{f8ff}';

/**
 * Makes JSON of the beginning of JSON: what is open is closed. A text that was cut ends with CUT_HERE; a name, a number or a word that was
 * cut is left out with what belongs to it.
 */
export function closeCutJson(beginning: string): string {
  const ends: string[] = [];
  // Where it can always be cut: behind a bracket or before a comma.
  let safe = 0;
  let isValue = false;
  for (let at = 0; at < beginning.length; at += 1) {
    const character = beginning[at];
    if (character === '"') {
      const end = endOfText(beginning, at);
      if (end.at === null) return isValue || ends.at(-1) === ']' ? closed(`${beginning.slice(0, end.whole)}${CUT_HERE}"`, ends) : closed(beginning.slice(0, safe), ends);
      at = end.at;
    } else if (character === '{' || character === '[') {
      ends.push(character === '{' ? '}' : ']');
      safe = at + 1;
      isValue = false;
    } else if (character === '}' || character === ']') {
      ends.pop();
      safe = at + 1;
    } else if (character === ',') {
      safe = at;
      isValue = false;
    } else if (character === ':') {
      isValue = true;
    }
  }
  return ends.length === 0 ? beginning : closed(beginning.slice(0, safe), ends);
}

function closed(beginning: string, ends: readonly string[]): string {
  return `${beginning}${ends.toReversed().join('')}`;
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
