import { describe, expect, it } from 'vitest';
import { gitHubRepositoryName } from '@/components/workspaces/github-repository-name';

describe('the repository that an address names', () => {
  it('is told for addresses on the connected host, with and without .git', () => {
    expect(gitHubRepositoryName('https://github.com/octocat/hello.world.git', 'github.com')).toBe('octocat/hello.world');
    expect(gitHubRepositoryName(' https://github.com/octocat/hello/ ', 'github.com')).toBe('octocat/hello');
    expect(gitHubRepositoryName('http://github.corp:8080/team/tool', 'github.corp:8080')).toBe('team/tool');
  });

  it('is null for everything else', () => {
    for (const address of ['', 'octocat/hello', 'https://github.com', 'https://github.com/octocat', 'https://gitlab.com/octocat/hello', 'https://github.com.evil.example/octocat/hello', 'https://github.com/octocat/..', 'ssh://github.com/octocat/hello']) {
      expect(gitHubRepositoryName(address, 'github.com')).toBeNull();
    }
  });
});
