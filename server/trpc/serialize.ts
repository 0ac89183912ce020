import superjson, { type SuperJSONResult } from 'superjson';

/** Where dates stand, by their path, as superjson tells the other side. */
type Dates = Record<string, ['Date']>;

/** What `superjson.stringify` answers. */
export const stringify = (value: unknown): string => JSON.stringify(serialize(value));

/**
 * What `superjson.serialize` answers, as soon as it is written as JSON; only the order in which it names dates may be another one. Superjson copies every value and keeps a list of ancestors for each; of a list of
 * 200 workspaces that was a third of the whole time. Nearly all answers hold nothing but JSON and dates, and those are only looked through here: JSON
 * itself writes a date as superjson does. Whatever else there is (undefined, Map, bigint, the same object twice …) is left to superjson.
 */
export function serialize(value: unknown): SuperJSONResult {
  const dates: Dates = {};
  if (!isJsonWithDates(value, '', dates, new Set())) return superjson.serialize(value);
  const json = value as SuperJSONResult['json'];
  for (const _any in dates) return { json, meta: { values: dates, v: 1 } };
  return { json };
}

/** False as soon as there is something that needs superjson; else `dates` knows all dates. `path` is empty at the root. */
function isJsonWithDates(value: unknown, path: string, dates: Dates, seen: Set<object>): boolean {
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean' || (Number.isFinite(value) && !Object.is(value, -0));
  if (value === null) return true;
  if (seen.has(value)) return false;
  seen.add(value);
  if (Array.isArray(value)) return isArrayOfThem(value, path, dates, seen);
  const kind: unknown = Object.getPrototypeOf(value);
  if (kind === Object.prototype) return isObjectOfThem(value as Record<string, unknown>, path, dates, seen);
  if (kind !== Date.prototype || path === '' || Number.isNaN((value as Date).getTime())) return false;
  dates[path] = ['Date'];
  return true;
}

function isArrayOfThem(values: readonly unknown[], path: string, dates: Dates, seen: Set<object>): boolean {
  const prefix = path === '' ? '' : `${path}.`;
  return values.every((value, index) => isJsonWithDates(value, `${prefix}${index}`, dates, seen));
}

function isObjectOfThem(values: Record<string, unknown>, path: string, dates: Dates, seen: Set<object>): boolean {
  const prefix = path === '' ? '' : `${path}.`;
  for (const key of Object.keys(values)) {
    if (!isPlainKey(key) || !isJsonWithDates(values[key], `${prefix}${key}`, dates, seen)) return false;
  }
  return true;
}

/** One that stands in a path as it is, and that superjson does not refuse. */
function isPlainKey(key: string): boolean {
  return key !== '' && !key.includes('.') && !key.includes('\\') && key !== '__proto__' && key !== 'constructor' && key !== 'prototype';
}
