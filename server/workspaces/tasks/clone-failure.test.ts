import { describe, expect, it } from 'vitest';
import { cloneFailure } from '@/server/workspaces/tasks/clone-failure';

const clone = { repositoryUrl: 'https://example.org/a/b.git', branch: 'next' };

describe("git's last words", () => {
  it.each([
    ["warning: Could not find remote branch next to clone.\nfatal: Remote branch next not found in upstream origin", 'invalid', /branch "next" does not exist/],
    ["fatal: could not read Username for 'https://example.org': terminal prompts disabled", 'forbidden', /private or does not exist/],
    ["fatal: unable to access 'https://example.org/a/b.git/': The requested URL returned error: 403", 'forbidden', /private or does not exist/],
    ["remote: Not Found\nfatal: repository 'https://example.org/a/b.git/' not found", 'not_found', /no git repository at/],
    ["fatal: unable to access 'https://example.org/a/b.git/': Could not resolve host: example.org", 'unavailable', /cannot be found/],
    ["fatal: unable to access 'https://example.org/': Failed to connect to example.org port 443: Connection refused", 'unavailable', /cannot be reached/],
    ['fatal: write error: No space left on device', 'limit_reached', /disk is full/],
  ])('%s', (words, kind, sentence) => {
    const error = cloneFailure(words, clone);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(sentence);
  });

  it('are quoted when nobody knows them', () => {
    expect(cloneFailure('Cloning…\nfatal: something new\n', clone).message).toContain('fatal: something new');
    expect(cloneFailure('', clone).message).toMatch(/gave no reason/);
  });
});
