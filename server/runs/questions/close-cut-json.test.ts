import { describe, expect, it } from 'vitest';
import { closeCutJson, CUT_HERE } from '@/server/runs/questions/close-cut-json';

describe('JSON that was cut', () => {
  const whole = JSON.stringify({ type: 'x', nested: { list: ['one', { deep: 'a "quoted" \\ \u0001 text' }], number: 12.5, word: true, none: null }, 'a "name"': 'the end', empty: {}, no: [] });

  it('is JSON wherever it was cut, and holds nothing that was not there', () => {
    for (let length = 1; length <= whole.length; length += 1) {
      const texts = JSON.stringify(JSON.parse(closeCutJson(whole.slice(0, length))));
      for (const text of ['one', 'the end']) if (!whole.slice(0, length).includes(`"${text}"`)) expect(texts).not.toContain(`"${text}"`);
    }
    expect(JSON.parse(closeCutJson(whole))).toEqual(JSON.parse(whole));
  });

  it.each([
    ['{"a":{"content":"some te', { a: { content: `some te${CUT_HERE}` } }],
    ['{"a":["one","tw', { a: ['one', `tw${CUT_HERE}`] }],
    ['{"a":"x\\u00', { a: `x${CUT_HERE}` }],
    ['{"a":"x","half a na', { a: 'x' }],
    ['{"a":"x","b":12', { a: 'x' }],
    ['{"a":"x","b":', { a: 'x' }],
    ['{"b":tr', {}],
  ])('%s', (beginning, expected) => {
    expect(JSON.parse(closeCutJson(beginning))).toEqual(expected);
  });
});
