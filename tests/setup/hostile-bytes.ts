import fc from 'fast-check';

/** Depths that JSON.parse takes and what calls itself for each level does not. */
const DEEP = 20_000;

/** JSON as deep as a line may be, around a value. */
export function deepJson(inside: string, levels = DEEP): string {
  return `${'[{"a":'.repeat(levels / 2)}${inside}${'}]'.repeat(levels / 2)}`;
}

const strangeText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '\u{feff}', '\r', '\n', '\r\n', '\u2028', '\ud800', '\udc00\ud800', '\u001b[31m', '\u001b]8;;', '__proto__', 'constructor', 'toString', '../../etc/passwd', '-1', '1e999', 'NaN', '\u{202e}', '😀', '*', '\\u0000', '%00', "' or 1=1 --", '<script>', '${x}', '2026-11-22T03:00:00Z'),
);

/** Any value that JSON can hold, with names that reach for the prototype, numbers at the edges, and texts that no terminal likes. */
export const strangeValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    strangeText,
    fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 0.1),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(strangeText, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** A value that is nearly one of these: somewhere in it something else stands, is missing, or is there twice. */
export function nearly(examples: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.tuple(fc.constantFrom(...examples), fc.array(fc.tuple(fc.nat(), fc.nat(4), strangeValue), { maxLength: 3 })).map(([example, changes]) => {
    let value = structuredClone(example);
    // Of each a copy: a later change may reach into it, and what was made up has to stay as it is to be shrunk.
    for (const [where, how, other] of changes) value = changed(value, where, how, structuredClone(other));
    return value;
  });
}

function changed(value: unknown, where: number, how: number, other: unknown): unknown {
  const places = placesIn(value);
  const place = places[where % Math.max(1, places.length)];
  if (!place || how === 0) return other;
  const [holder, key] = place;
  if (how === 1) delete holder[key];
  else if (how === 2) holder[`${key}2`] = holder[key];
  else holder[key] = how === 3 ? [holder[key]] : other;
  return value;
}

/** Every place in a value that holds something, by what holds it. */
function placesIn(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key): [Record<string, unknown>, string][] => [[holder, key], ...placesIn(holder[key])]);
}

/** Bytes that are nearly these: cut, joined, doubled, with others between them, so that a reader gets far before it meets what is wrong. */
export function nearlyBytes(examples: readonly (string | Buffer)[]): fc.Arbitrary<Buffer> {
  const known = examples.map((example) => Buffer.from(example as string));
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...known), fc.nat(), fc.nat()).map(([bytes, one, other]) => bytes.subarray(Math.min(one, other) % (bytes.length + 1), 1 + (Math.max(one, other) % (bytes.length + 1)))) },
    { weight: 2, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: strangeText.map((text) => Buffer.from(text)) },
  );
  return fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));
}

/** The same as text. */
export function nearlyText(examples: readonly string[]): fc.Arbitrary<string> {
  return nearlyBytes(examples).map((bytes) => bytes.toString('utf8'));
}

/** Cuts bytes into pieces; empty ones are among them. */
export function* inPieces(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((one, other) => one - other);
  for (let index = 1; index < at.length; index += 1) yield bytes.subarray(at[index - 1], at[index]);
}

export const cuts = fc.array(fc.nat(), { maxLength: 8 });
