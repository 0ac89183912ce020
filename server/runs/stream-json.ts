import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';
import { parseShallowJson } from '@/contract/nested-json';
import { OVERSIZED_EVENT, TEXT_EVENT, type RunEventLine } from '@/contract/run-event';
import { utf8Cut } from '@/server/runs/utf8-cut';
import type { MaskedBytes } from '@/server/secrets/mask';

const MAX_NAME = 64;
const MAX_TEXT_CHARACTERS = 65_536;
/** The CLI names the kind of a line first. */
const MAX_BEFORE_KIND = 1_024;
const timestamp = z.iso.datetime({ offset: true });
/** How partial messages begin in the versions that put `type` first; saves parsing the most frequent lines. */
const partialMessage = Buffer.from('{"type":"stream_event"');

/**
 * Parses one line of `claude -p --output-format stream-json` (without its line end) into an event; null for lines that are not
 * worth a row: empty ones and partial messages (`stream_event`), which repeat what the whole messages say.
 * Never throws: whatever is not a JSON object with a `type`, or is nested deeper than anything that is meant, is a text event. Key order and unknown kinds do not matter.
 */
export function parseStreamJsonLine(line: MaskedBytes, offset: number, bytes: number): RunEventLine | null {
  if (isPartialMessage(line)) return null;
  const payload = storable(line.toString('utf8')) as MaskedText;
  if (payload.trim() === '') return null;
  const fields = jsonObject(payload);
  const kind = fields && name(fields['type']);
  if (!fields || !kind) {
    const truncated = payload.length > MAX_TEXT_CHARACTERS;
    return { offset, bytes, kind: TEXT_EVENT, subtype: null, at: null, payload: cut(payload), truncated };
  }
  if (kind === 'stream_event') return null;
  return { offset, bytes, kind, subtype: name(fields['subtype']), at: momentIn(fields['timestamp']), payload, truncated: false };
}

/** In UTC where it names another zone: PostgreSQL refuses some that the form allows, and the year 0. */
function momentIn(value: unknown): string | null {
  const { data } = timestamp.safeParse(value);
  const time = new Date(data ?? Number.NaN);
  if (data === undefined || !(time.getUTCFullYear() >= 1 && time.getUTCFullYear() <= 9999)) return null;
  return data.endsWith('Z') ? data : time.toISOString();
}

/** Byte by byte: this is asked of every line, and a call into native code costs more than the comparison. */
function isPartialMessage(line: Buffer): boolean {
  for (let at = 0; at < partialMessage.length; at++) {
    if (line[at] !== partialMessage[at]) return false;
  }
  return true;
}

/** The event for a line that is too long to be looked into; with its beginning where that is of a question, which somebody has to answer. */
export function oversizedLine(offset: number, bytes: number, head: MaskedBytes): RunEventLine {
  const event = { offset, bytes, kind: OVERSIZED_EVENT, subtype: null, at: null, payload: null, truncated: true };
  const text = storable(head.toString('utf8', 0, utf8Cut(head))) as MaskedText;
  return text.startsWith('{') && text.slice(0, MAX_BEFORE_KIND).includes('"control_request"') ? { ...event, head: text } : event;
}

/** Joins neighbouring text events, so that a run that prints plain text by the megabyte does not make a row a line. */
export function joinTextEvents(events: readonly RunEventLine[]): RunEventLine[] {
  const joined: RunEventLine[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (last?.kind !== TEXT_EVENT || event.kind !== TEXT_EVENT || last.offset + last.bytes !== event.offset) {
      joined.push({ ...event });
      continue;
    }
    last.bytes += event.bytes;
    const full = textOf(last).length + 1 + textOf(event).length > MAX_TEXT_CHARACTERS;
    last.truncated ||= event.truncated || full;
    if (!last.truncated) last.payload = `${textOf(last)}\n${textOf(event)}` as MaskedText;
  }
  return joined;
}

function textOf(event: RunEventLine): string {
  return event.payload ?? '';
}

function jsonObject(text: string): Record<string, unknown> | null {
  // Output of anything may stand on a line of its own; it is shown as text.
  return text.startsWith('{') ? (parseShallowJson(text) as Record<string, unknown> | null) : null;
}

function name(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 ? storable(value.slice(0, MAX_NAME)).toWellFormed() : null;
}

/** PostgreSQL's text cannot hold NUL. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text;
}

function cut(text: MaskedText): MaskedText {
  return text.length > MAX_TEXT_CHARACTERS ? (text.slice(0, MAX_TEXT_CHARACTERS).toWellFormed() as MaskedText) : text;
}
