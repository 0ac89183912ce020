import { expect, it } from 'vitest';
import { gitTokenFile, isTokenFor } from '@/server/connections/github/git-token-file';

it.each([
  ['github.com', 'https://github.com/a/b.git', true],
  ['github.com', 'https://GitHub.com:443/a/b.git', true],
  ['github.com', 'https://mona@github.com/a/b.git', true],
  ['ghe.test:8443', 'https://ghe.test:8443/a/b.git', true],
  ['172.17.0.1:8123', 'http://172.17.0.1:8123/a.git', true],
  ['github.com', 'http://github.com/a/b.git', false],
  ['github.com', 'https://github.com.evil.test/a/b.git', false],
  ['github.com', 'https://github.com@evil.test/a/b.git', false],
  ['github.com', 'https://github.com:8443/a/b.git', false],
  ['172.17.0.1:8123', 'http://172.17.0.1:8124/a.git', false],
  ['172.17.0.1:8123', 'http://172.17.0.1/a.git', false],
  ['github.com', 'github.com/a/b.git', false],
])('SEC-09 the token for %s goes to %s: %s', (host, url, goes) => {
  expect(isTokenFor({ host }, url)).toBe(goes);
});

it('is written as the helper reads it', () => {
  const file = gitTokenFile({ secretId: 's', version: 3, name: 'github', value: 'ghp_x', host: 'github.com', login: 'mona' });
  expect(file).toEqual({ name: 'github', value: 'host=github.com\nlogin=mona\ntoken=ghp_x\n', secret: { id: 's', version: 3, name: 'github' } });
});
