import { parseShallowJson } from '@/contract/nested-json';

/** What a line of JSON holds. Nothing about it is certain: it came out of a container, from a CLI that may be newer than this page. */
export type Fields = Record<string, unknown>;

/** Lines longer than this are not looked into: it would stop the page for a moment. */
const MAX_PARSED_CHARACTERS = 2 * 1024 * 1024;

/** The object that a line is; null when it is none. */
export function parseFields(line: string | null): Fields | null {
  if (line === null || line.length > MAX_PARSED_CHARACTERS) return null;
  return fieldsOf(parseShallowJson(line)); // a line may only look like JSON
}

/** The value as an object; null when it is none. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** The value as a list; empty when it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The value as text; empty when it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value as a number that can be reckoned with; null when it is none. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The fields that are not known here, so that they can be shown as they came; null when there are none that say anything. */
export function unknownFields(fields: Fields, known: ReadonlySet<string>): Fields | null {
  const unknown = Object.entries(fields).filter(([name, value]) => !known.has(name) && value !== null && value !== undefined);
  return unknown.length > 0 ? Object.fromEntries(unknown) : null;
}

/** Both together; null when there is neither. */
export function joinFields(one: Fields | null, other: Fields | null): Fields | null {
  return one && other ? { ...one, ...other } : (one ?? other);
}
