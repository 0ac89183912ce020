import { describe, expect, it } from 'vitest';
import { commonHeaders, newNonce, pagePolicy, type HeaderSettings } from '@/server/security-headers';

const settings: HeaderSettings = { publicUrl: 'http://localhost:3000', githubUrl: 'https://github.com', development: false };

function directive(policy: string, name: string): string | undefined {
  return policy.split('; ').find((part) => part.startsWith(`${name} `));
}

describe('the policy of a page', () => {
  it('lets only scripts with this page’s nonce run', () => {
    const script = directive(pagePolicy('abc', settings), 'script-src');
    expect(script).toBe(`script-src 'self' 'nonce-abc' 'strict-dynamic'`);
  });

  it('forbids frames, plug-ins and another base address', () => {
    const policy = pagePolicy('abc', settings);
    expect(directive(policy, 'frame-ancestors')).toBe(`frame-ancestors 'none'`);
    expect(directive(policy, 'object-src')).toBe(`object-src 'none'`);
    expect(directive(policy, 'base-uri')).toBe(`base-uri 'none'`);
  });

  it('lets the sign-in form end at the GitHub that is set, by its origin alone', () => {
    const policy = pagePolicy('abc', { ...settings, githubUrl: 'https://ghes.example.com/some/path' });
    expect(directive(policy, 'form-action')).toBe(`form-action 'self' https://ghes.example.com`);
  });

  it('makes another nonce each time', () => {
    const nonces = new Set(Array.from({ length: 50 }, newNonce));
    expect(nonces.size).toBe(50);
  });
});

describe('the headers of every answer', () => {
  it('pin https only where the public address is https', () => {
    expect(commonHeaders(settings)).not.toHaveProperty('strict-transport-security');
    expect(commonHeaders({ ...settings, publicUrl: 'https://anyon.example.com' })['strict-transport-security']).toMatch(/max-age=31536000/);
  });

  it('forbid guessing types and sending addresses to other sites', () => {
    expect(commonHeaders(settings)).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' });
  });
});
