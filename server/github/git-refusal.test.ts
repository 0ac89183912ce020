import { describe, expect, it } from 'vitest';
import { gitRefusalIn } from '@/server/github/git-refusal';

const of = (...lines: string[]) => gitRefusalIn(["Cloning into '/workspace/repository'...", ...lines, ''].join('\n'))?.kind ?? null;

describe('what GitHub refused', () => {
  it('is the token when it is not known any more', () => {
    expect(of('remote: Invalid username or token. Password authentication is not supported for Git operations.', "fatal: Authentication failed for 'https://github.com/owner/private.git/'")).toBe('token');
    expect(of('remote: Bad credentials', "fatal: unable to access 'https://github.corp/owner/private.git/': The requested URL returned error: 401")).toBe('token');
  });

  it('is what was asked for when the token is good but not for this', () => {
    expect(of('remote: Permission to owner/repository.git denied to octocat.', "fatal: unable to access 'https://github.com/owner/repository.git/': The requested URL returned error: 403")).toBe('access');
    expect(of('remote: Write access to repository not granted.', "fatal: unable to access 'https://github.com/owner/repository.git/': The requested URL returned error: 403")).toBe('access');
    expect(of('! [remote rejected] main -> main (refusing to allow an OAuth App to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)')).toBe('access');
  });

  it('is single sign-on when the organisation demands it, although the number is the same', () => {
    expect(gitRefusalIn("remote: The 'corp' organization has enabled or enforced SAML SSO.\nfatal: unable to access 'https://github.com/corp/x.git/': The requested URL returned error: 403")?.reason).toMatch(/single sign-on/);
  });

  it('is a missing token when git had none to show', () => {
    expect(of("fatal: could not read Username for 'https://github.com': terminal prompts disabled")).toBe('missing');
    expect(of("fatal: could not read Username for 'https://github.com': No such device or address")).toBe('missing');
  });

  it('is nothing when git failed for another reason, or the egress proxy said no', () => {
    expect(of("fatal: unable to access 'https://github.com/owner/x.git/': Could not resolve host: github.com")).toBeNull();
    expect(of("fatal: unable to access 'https://github.com/owner/x.git/': The requested URL returned error: 503")).toBeNull();
    expect(of("fatal: unable to access 'https://github.com/owner/x.git/': Received HTTP code 403 from proxy after CONNECT")).toBeNull();
    expect(of("remote: Anyon's egress proxy: 10.0.0.1 is in a private network", "fatal: unable to access 'http://10.0.0.1/x.git/': The requested URL returned error: 403")).toBeNull();
    expect(gitRefusalIn('')).toBeNull();
  });
});
