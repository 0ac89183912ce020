import { describe, expect, it } from 'vitest';
import { hasKnownToken, withoutKnownTokens } from '@/contract/known-token';
import { hashOfToken, isTokenValue, newTokenValue } from '@/server/people/api-tokens/token-value';
import { maskTokens } from '@/server/secrets/masked-text';

describe('the value of an API token', () => {
  it('is another one each time, and known as one', () => {
    const values = Array.from({ length: 50 }, newTokenValue);
    expect(new Set(values).size).toBe(50);
    expect(values.filter((value) => !isTokenValue(value))).toEqual([]);
    expect(values.filter((value) => !/^anyon_[0-9A-Za-z]{38}$/.test(value))).toEqual([]);
  });

  it('is told by its checksum from what somebody mistyped or made up', () => {
    const value = newTokenValue();
    const next = value[20] === 'a' ? 'b' : 'a';
    expect(isTokenValue(`${value.slice(0, 20)}${next}${value.slice(21)}`)).toBe(false);
    expect(isTokenValue(value.slice(0, -1))).toBe(false);
    expect(isTokenValue(`${value} `)).toBe(false);
    expect(isTokenValue(`anyon_${'0'.repeat(38)}`)).toBe(false);
  });

  it('is not in what is stored of it', () => {
    expect(hashOfToken(newTokenValue())).toMatch(/^[0-9a-f]{64}$/);
  });

  it('SEC-06 is masked wherever it turns up, by its shape', () => {
    const value = newTokenValue();
    expect(maskTokens(`token=${value}.`)).toBe(`token=${'*'.repeat(44)}.`);
    expect(withoutKnownTokens(`"${value}"`)).toBe(`"${'*'.repeat(44)}"`);
    expect(hasKnownToken(value)).toBe(true);
  });
});
