import { describe, expect, it } from 'vitest';
import { cloneFailure, isRefusal } from '@/server/workspaces/tasks/clone-failure';

const clone = { repositoryUrl: 'https://example.org/a/b.git', branch: 'next', login: null };

describe("git's last words", () => {
  it.each([
    ["warning: Could not find remote branch next to clone.\nfatal: Remote branch next not found in upstream origin", 'invalid', /branch "next" does not exist/],
    ["fatal: could not read Username for 'https://example.org': terminal prompts disabled", 'forbidden', /private or does not exist/],
    ["fatal: unable to access 'https://example.org/a/b.git/': The requested URL returned error: 403", 'forbidden', /private or does not exist/],
    ["remote: Anyon's egress proxy: The address of git.corp is one of this machine or of a private network. An administrator can open git.corp, port 80, to workspaces on the System page.\nfatal: unable to access 'http://git.corp/a.git/': The requested URL returned error: 403", 'forbidden', /An administrator can open it/],
    ["fatal: unable to access 'https://example.org/a/b.git/': Received HTTP code 403 from proxy after CONNECT", 'forbidden', /An administrator can open it/],
    ["fatal: unable to access 'https://example.org/a/b.git/': CONNECT tunnel failed, response 403", 'forbidden', /An administrator can open it/],
    ["remote: Anyon's egress proxy: The name nowhere.test does not exist. Check its spelling.\nfatal: unable to access 'http://nowhere.test/a.git/': The requested URL returned error: 502", 'unavailable', /egress proxy of this VM cannot reach/],
    ["fatal: unable to access 'https://example.org/a/b.git/': CONNECT tunnel failed, response 502", 'unavailable', /egress proxy of this VM cannot reach/],
    ["remote: Not Found\nfatal: repository 'https://example.org/a/b.git/' not found", 'not_found', /no git repository at/],
    ["fatal: unable to access 'https://example.org/a/b.git/': Could not resolve host: example.org", 'unavailable', /cannot be found/],
    ["fatal: unable to access 'https://example.org/': Failed to connect to example.org port 443: Connection refused", 'unavailable', /cannot be reached/],
    ['fatal: write error: No space left on device', 'limit_reached', /disk is full/],
  ])('%s', (words, kind, sentence) => {
    const error = cloneFailure(words, clone);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(sentence);
  });

  it.each([
    ["fatal: Authentication failed for 'https://example.org/a/b.git/'", true, 'forbidden', /refused the GitHub token of mona: it was revoked or has expired\. Connect GitHub again/],
    ["fatal: unable to access 'https://example.org/a/b.git/': The requested URL returned error: 403", false, 'forbidden', /The GitHub token of mona may not read/],
    ["remote: Not Found\nfatal: repository 'https://example.org/a/b.git/' not found", false, 'not_found', /or the GitHub account mona may not see it/],
  ])('say whose token it was: %s', (words, refused, kind, sentence) => {
    const error = cloneFailure(words, { ...clone, login: 'mona' });
    expect([error.kind, isRefusal(words)]).toEqual([kind, refused]);
    expect(error.message).toMatch(sentence);
  });

  it('are quoted when nobody knows them', () => {
    expect(cloneFailure('Cloning…\nfatal: something new\n', clone).message).toContain('fatal: something new');
    expect(cloneFailure('', clone).message).toMatch(/gave no reason/);
  });
});
