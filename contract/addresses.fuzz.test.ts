import { describe, expect, it } from 'vitest';
import { hasKnownToken } from '@/contract/known-token';
import { branchNameSchema, repositoryUrlProblem } from '@/contract/repository';
import { formatLogLink, parseLineRange, parseLogLink, parseLogPosition } from '@/contract/run-log';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { nearlyText } from '@/tests/setup/hostile-bytes';

const addresses = ['https://github.com/owner/repository', 'http://user:pw@host/x', 'ext::sh -c id', '--upload-pack=id', 'git@github.com:a/b', 'https://host:99999/x', 'https://[::1]/x', 'HTTPS://é.example/a?b#c', 'file:///etc/passwd'];

describe('addresses that people and programs write', () => {
  it('of repositories are web addresses without a password, or are refused in words', async () => {
    await holdsFor(nearlyText(addresses), (text) => {
      const problem = repositoryUrlProblem(text);
      if (problem !== null) return expect(problem).toMatch(/[.?]$/);
      const url = new URL(text);
      expect([['http:', 'https:'].includes(url.protocol), url.username, url.password, url.search, url.hash]).toEqual([true, '', '', '', '']);
    });
  });

  it('of branches begin with no dash and hold nothing that git or a shell reads', async () => {
    await holdsFor(nearlyText(['main', 'feature/a-b', '-x', 'a..b', 'a.lock', '@{', 'a b', 'refs/heads/x', '$(id)']), (text) => {
      const { data } = branchNameSchema.safeParse(text);
      if (data !== undefined) expect(data).not.toMatch(/^-|\.\.|[\s~^:?*[\\\0-\x1f\x7f]|@\{/);
    });
  });

  it('of places in a log are read as they are written', async () => {
    await holdsFor(nearlyText(['out:12', 'err:12-40', '12-40', '123.456', 'out:0', 'out:5-1']), (text) => {
      const place = parseLogLink(text);
      if (place) expect(parseLogLink(formatLogLink(place.stream, place.from, place.to))).toEqual(place);
      const range = parseLineRange(text);
      if (range) expect(range.from >= 1 && range.from <= range.to && Number.isSafeInteger(range.to)).toBe(true);
      const position = parseLogPosition(text);
      if (position) expect(Number.isSafeInteger(position.out) && Number.isSafeInteger(position.err)).toBe(true);
    });
  });

  it('cost time by their length', async () => {
    for (const piece of ['a', '/', '.', '-', '@', 'a.', '@{', '0', ':', 'https://', 'é', 'sk-ant-a-', 'anyon_', 'ghp_a']) {
      await growsStraight((size) => piece.repeat(size / piece.length), (text) => {
        repositoryUrlProblem(`https://h/${text}`);
        repositoryUrlProblem(text);
        branchNameSchema.safeParse(text);
        parseLogLink(text);
        parseLogPosition(text);
        hasKnownToken(text);
      });
    }
  });
});
