const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/**
 * The mappings of a source map, with the first place of each line of a source alone: what a stack needs to name a file and its line. Node keeps an array of
 * each place that a map knows from the first stack on; esbuild's maps know every word, seven times as many.
 */
export function lineMappings(mappings) {
  const kept = [];
  const before = { column: 0, source: 0, line: 0, sourceColumn: 0 };
  const place = { column: 0, source: 0, line: 0, sourceColumn: 0 };
  let last = '';
  for (const generatedLine of mappings.split(';')) {
    const segments = [];
    before.column = 0;
    place.column = 0;
    for (const segment of generatedLine === '' ? [] : generatedLine.split(',')) {
      const [column = 0, source = 0, line = 0, sourceColumn = 0] = decode(segment);
      place.column += column;
      place.source += source;
      place.line += line;
      place.sourceColumn += sourceColumn;
      const at = `${place.source}:${place.line}`;
      if (at === last && segments.length > 0) continue;
      last = at;
      segments.push([place.column - before.column, place.source - before.source, place.line - before.line, place.sourceColumn - before.sourceColumn].map(encode).join(''));
      Object.assign(before, place);
    }
    kept.push(segments.join(','));
  }
  return kept.join(';');
}

/** The numbers of a segment: five bits a digit, the least first, and the sign in the lowest bit. */
function decode(segment) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = VALUES.get(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

function encode(number) {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const more = rest > 31 ? 32 : 0;
    text += DIGITS[(rest & 31) | more];
    rest >>>= 5;
  } while (rest > 0);
  return text;
}
