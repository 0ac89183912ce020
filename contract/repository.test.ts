import { describe, expect, it } from 'vitest';
import { branchNameSchema, repositoryName, repositoryUrlProblem } from '@/contract/repository';

describe('repository addresses', () => {
  it.each(['https://github.com/owner/repo', 'https://github.com/owner/repo.git', 'http://10.0.0.5:3000/team/app.git'])('accepts %s', (url) => {
    expect(repositoryUrlProblem(url)).toBeNull();
  });

  it.each([
    ['--upload-pack=touch /tmp/x', /no spaces/],
    ['--upload-pack=evil', /starts with https/],
    ['ext::sh', /starts with https/],
    ['file:///etc/passwd', /starts with https/],
    ['/srv/repo.git', /starts with https/],
    ['git@github.com:owner/repo.git', /SSH addresses/],
    ['ssh://git@github.com/owner/repo.git', /SSH addresses/],
    ['https://user:token@github.com/owner/repo', /Do not put a user name or token/],
    ['https://github.com', /names no repository/],
    ['https://github.com/a/b?x=1', /no \? or #/],
    ['https://github.com/a b', /no spaces/],
    ['https://github.com/a\u0000b', /no spaces or control/],
  ])('refuses %s', (url, sentence) => {
    expect(repositoryUrlProblem(url)).toMatch(sentence);
  });

  it('names the workspace after the repository', () => {
    expect(repositoryName('https://github.com/owner/my-app.git')).toBe('my-app');
    expect(repositoryName('https://github.com/owner/%E0%A4%A')).not.toBe('');
    expect(repositoryName('https://github.com/owner/---')).toBe('workspace');
  });
});

describe('branch names', () => {
  it.each(['main', 'feature/login', 'release-1.2', 'user_1/x+y'])('accepts %s', (name) => {
    expect(branchNameSchema.safeParse(name).success).toBe(true);
  });

  it.each(['-b', '--output=x', 'a..b', 'a b', 'a;b', 'a$(id)', 'a`id`', "a'b", 'x.lock', 'x.lock/y', '/x', 'x/', 'x.', 'a@{1}', 'a//b', ''])('refuses %j', (name) => {
    expect(branchNameSchema.safeParse(name).success).toBe(false);
  });
});
