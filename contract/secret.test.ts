import { describe, expect, it } from 'vitest';
import { setSecretInput } from '@/contract/secret';

/** The sentence about the value or name; null when it is taken. */
function problem(input: { name?: string; value?: string }): string | null {
  const checked = setSecretInput.safeParse({ name: 'NPM_TOKEN', value: 'long enough', ...input });
  return checked.success ? null : (checked.error.issues[0]?.message ?? '');
}

describe('a secret that a person sets', () => {
  it.each(['', 'x', '1234567', 'é12345', ' '.repeat(20), '  1234567\n'])('SEC-17 is refused when its value cannot be masked: "%s"', (value) => {
    expect(problem({ value })).toBe('A secret has at least 8 bytes: shorter ones cannot be masked in logs.');
  });

  it.each(['--------', '0'.repeat(40), 'abcabcabc'])('SEC-17 is refused when it would blot out ordinary text: "%s"', (value) => {
    expect(problem({ value })).toContain('4 different characters');
  });

  it('has from 8 bytes to 16 KiB and no NUL, and is kept exactly as given', () => {
    expect([problem({ value: '12345678' }), problem({ value: 'éé1234' }), problem({ value: 'abcd'.repeat(4 * 1024) })]).toEqual([null, null, null]);
    expect(problem({ value: `${'éabé'.repeat(2_731)}x` })).toBe('A secret has at most 16 KiB.');
    expect(problem({ value: 'with\0inside' })).toBe('A secret cannot contain the character NUL.');
    const value = ' -----BEGIN-----\r\nabc\n';
    expect(setSecretInput.parse({ name: ' NPM_TOKEN ', value })).toEqual({ name: 'NPM_TOKEN', value });
  });

  it.each(['npm_token', '1TOKEN', '_TOKEN', 'A-B', '../A', 'A/B', 'A B', 'É', '', 'A'.repeat(65)])('has no name that could be another file, or no variable: "%s"', (name) => {
    expect(problem({ name })).toContain('capital letters');
  });
});
