import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isTooDeep, parseShallowJson } from '@/contract/nested-json';

const nested = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;

it('takes 200 levels and no more', () => {
  expect([isTooDeep(nested(200)), isTooDeep(nested(201))]).toEqual([false, true]);
  expect(isTooDeep(`{"a":${nested(199)},"b":${nested(199)}}`)).toBe(false);
  expect(isTooDeep(`{"a":${nested(200)}}`)).toBe(true);
  expect(parseShallowJson(nested(100_000))).toBeNull();
  expect(parseShallowJson('{"a":')).toBeNull();
  expect(parseShallowJson('{"a":[1]}')).toEqual({ a: [1] });
});

it('does not count what is within texts, whatever escapes they hold', () => {
  expect(isTooDeep(JSON.stringify({ a: '['.repeat(1000), 'b\\"[': '\\'.repeat(5) }))).toBe(false);
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', 'x', '\n') }), (text) => !isTooDeep(JSON.stringify([text.repeat(60), nested(100)]))));
  expect(isTooDeep(`["\\\\",${nested(200)}]`)).toBe(true);
});
