import { beforeAll, describe, expect, it } from 'vitest';
import { gitHubRepositoryOf } from '@/server/runs/publishing/github-repository';
import { changeEnvironment } from '@/tests/setup/test-environment';

beforeAll(() => changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', ANYON_GITHUB_URL: 'https://github.corp.test', ANYON_GITHUB_API_URL: undefined }));

describe('the repository on GitHub', () => {
  it.each([
    ['https://github.corp.test/octo/hello.git', { owner: 'octo', repo: 'hello' }],
    ['https://GitHub.corp.test/octo/hello', { owner: 'octo', repo: 'hello' }],
    ['https://github.corp.test/octo/hello.world.git/', { owner: 'octo', repo: 'hello.world' }],
    ['https://github.corp.test/octo', null],
    ['https://github.corp.test/octo/hello/tree/main', null],
    ['https://github.corp.test/octo/%2e%2e', null],
    ['https://github.corp.test:8443/octo/hello', null],
    ['https://github.com/octo/hello', null],
    ['nonsense', null],
  ])('of %s', (address, expected) => expect(gitHubRepositoryOf(address)).toEqual(expected));
});
