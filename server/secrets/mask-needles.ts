import { MIN_NEEDLE_BYTES } from '@/server/secrets/mask';

/** Columns at which common tools break long lines (PEM, base64(1), fold(1) and terminals). */
const WRAP_COLUMNS = [64, 76, 80];
/** String leaves of a JSON credential shorter than this (types, short ids) are not secret and would blot out ordinary text. */
const MIN_JSON_LEAF = 8;

/**
 * Every text to look for so that these secret values do not show in output: the value, its lines and (for a JSON credential) its
 * string leaves, each plain, quoted for JSON, shell, XML and URLs, in base64 (both alphabets, all three alignments), in hex, in
 * UTF-16LE, and broken at the usual columns. Forms shorter than six bytes are left out.
 * Not covered: doubly encoded, reversed, compressed or encrypted values, and values split by colour codes or one letter a line.
 */
export function secretNeedles(values: readonly string[]): string[] {
  const needles = new Set<string>();
  for (const value of values) {
    for (const text of partsOf(value)) {
      for (const form of formsOf(text)) {
        for (const needle of [form, ...wrapped(form)]) needles.add(needle);
      }
    }
  }
  return [...needles].filter((needle) => Buffer.byteLength(needle) >= MIN_NEEDLE_BYTES);
}

function partsOf(value: string): Set<string> {
  const lines = value.split(/\r\n|\r|\n/);
  const parts = [value, value.trim(), ...lines, ...lines.map((line) => line.trim()), ...jsonLeaves(value)];
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
  const json = inJson(text);
  const url = percentEncode(bytes);
  const hex = bytes.toString('hex');
  return [
    text,
    json,
    inJson(json),
    json.replaceAll('/', '\\/'),
    json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    text.replaceAll("'", "'\\''"),
    text.replace(/[^\w@%+=:,./-]/g, '\\$&'),
    text.replace(/[&<>]/g, (mark) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt' }[mark]};`),
    text.replace(/[&<>"']/g, (mark) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }[mark]};`),
    text.replace(/[&<>"']/g, (mark) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[mark]};`),
    text.replace(/[&<>"']/g, (mark) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' }[mark]};`),
    encodeURIComponentOf(text),
    ...[url, encodeURIComponentOf(text)].flatMap((form) => [form, form.replaceAll('%20', '+'), lowerEscapes(form)]),
    ...base64Forms(bytes),
    hex,
    hex.toUpperCase(),
    // A needle is UTF-8 text, so UTF-16 can be told apart for ASCII values only.
    /^[\x01-\x7f]*$/.test(text) ? [...text].map((letter) => `${letter}\0`).join('') : '',
  ];
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
