import { MIN_NEEDLE_BYTES, type Needle } from '@/server/secrets/mask';

/** Columns at which common tools break long lines (PEM, base64(1), fold(1) and terminals). */
const WRAP_COLUMNS = [64, 76, 80];
/** String leaves of a JSON credential shorter than this (types, short ids) are not secret and would blot out ordinary text. */
const MIN_JSON_LEAF = 8;

/** Lines of a secret shorter than this are not looked for by themselves. */
const MIN_LINE = 8;

/**
 * Everything to look for so that these secret values do not show in output: the value, its lines and (for a JSON credential) its
 * string leaves, each plain, quoted for JSON, shell, XML, HTML and URLs, in base64 (both alphabets, all three alignments), in hex, in
 * UTF-16LE, and broken at the usual columns. Forms shorter than six bytes are left out. What colour codes or line ends split is
 * found by the masker itself. Not covered: docs/decisions/0006-masking.md.
 */
export function secretNeedles(values: readonly string[]): Needle[] {
  const needles = new Map<string, Needle>();
  const add = (needle: Needle) => {
    if (Buffer.byteLength(needle) >= MIN_NEEDLE_BYTES) needles.set(Buffer.from(needle as string).toString('latin1'), needle);
  };
  for (const value of values) {
    for (const text of partsOf(value)) {
      for (const form of formsOf(text)) for (const needle of [form, ...wrapped(form)]) add(needle);
      add(Buffer.from(text, 'utf16le'));
    }
  }
  return [...needles.values()];
}

function partsOf(value: string): Set<string> {
  const lines = value.split(/\r\n|\r|\n/);
  const linesAlone = lines.length > 1 ? [...lines, ...lines.map((line) => line.trim())].filter((line) => Buffer.byteLength(line) >= MIN_LINE) : [];
  const parts = [value, value.trim(), ...linesAlone, ...jsonLeaves(value)];
  return new Set(parts.filter((part) => Buffer.byteLength(part) >= MIN_NEEDLE_BYTES));
}

function jsonLeaves(value: string): string[] {
  if (!value.trimStart().startsWith('{')) return [];
  const leaves: string[] = [];
  try {
    JSON.parse(value, (_key, leaf: unknown) => {
      if (typeof leaf === 'string' && leaf.length >= MIN_JSON_LEAF) leaves.push(leaf);
      return leaf;
    });
  } catch {
    // Not JSON after all: it has no leaves.
    return [];
  }
  return leaves;
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const url = percentEncode(bytes);
  const hex = bytes.toString('hex');
  return [
    text,
    ...jsonForms(text),
    ...shellForms(text),
    ...markupForms(text),
    ...[url, encodeURIComponentOf(text)].flatMap((form) => [form, form.replaceAll('%20', '+'), lowerEscapes(form), lowerEscapes(form.replaceAll('%20', '+'))]),
    ...base64Forms(bytes),
    ...[hex, hex.toUpperCase()].flatMap((form) => [form, form.replace(/../g, '%$&')]),
  ];
}

/** As JSON strings show it: what JSON.stringify escapes, what others escape besides, and each escaped once and twice more. */
function jsonForms(text: string): string[] {
  const json = inJson(text);
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const once = [
    json,
    json.replaceAll('/', '\\/'),
    json.replace(/[^\x20-\x7e]/g, escaped),
    json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${escaped(unit).slice(2).toUpperCase()}`),
    json.replace(/[<>&\u2028\u2029]/g, escaped),
    json.replace(/[<>&'\u2028\u2029]/g, (unit) => `\\u${escaped(unit).slice(2).toUpperCase()}`),
  ];
  return once.flatMap((form) => [form, inJson(form), inJson(inJson(form))]);
}

/** Within single and double quotes, and with backslashes, each also in JSON. */
function shellForms(text: string): string[] {
  const forms = [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/["$`\\]/g, '\\$&'),
    text.replace(/["$`\\!]/g, '\\$&'),
    text.replace(/[^\w@%+=:,./-]/g, '\\$&'),
    text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t'),
  ];
  return forms.flatMap((form) => [form, inJson(form)]);
}

/** The marks that XML and HTML escape, in the spellings that are about. */
function markupForms(text: string): string[] {
  const basic = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  const spellings: Record<string, string>[] = [
    basic,
    { ...basic, '"': '&quot;' },
    { ...basic, '"': '&quot;', "'": '&apos;' },
    { ...basic, '"': '&quot;', "'": '&#39;' },
    { ...basic, '"': '&quot;', "'": '&#x27;' },
    { ...basic, '"': '&quot;', "'": '&#x27;', '/': '&#x2F;' },
    { ...basic, '"': '&quot;', "'": '&#39;', '/': '&#x2F;', '`': '&#x60;', '=': '&#x3D;' },
    { ...basic, '"': '&#34;', "'": '&#39;' },
    { '&': '&#38;', '<': '&#60;', '>': '&#62;', '"': '&#34;', "'": '&#39;' },
    { '&': '&#x26;', '<': '&#x3C;', '>': '&#x3E;', '"': '&#x22;', "'": '&#x27;' },
  ];
  return spellings.flatMap((spelling) => {
    const form = text.replace(/[&<>"'/`=]/g, (mark) => spelling[mark] ?? mark);
    return [form, inJson(form)];
  });
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** encodeURIComponent, but a lone surrogate (which has no URL form) becomes U+FFFD, as in the bytes themselves. */
function encodeURIComponentOf(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

/** Everything but RFC 3986's unreserved characters. */
function percentEncode(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/**
 * What base64 shows of these bytes wherever they stand in a longer text: with 0, 1 or 2 bytes before them, only the characters
 * that depend on nothing but the value. The value by itself is there whole.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms = [bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, '')];
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor((shifted.length * 8) / 6);
    forms.push(shifted.toString('base64').slice(first, last));
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function wrapped(form: string): string[] {
  return WRAP_COLUMNS.filter((columns) => form.length > columns).flatMap((columns) => {
    const lines: string[] = [];
    for (let at = 0; at < form.length; at += columns) lines.push(form.slice(at, at + columns));
    return lines;
  });
}
