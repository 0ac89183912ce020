import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readGitHubAccount } from '@/server/github/account';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { changeEnvironment } from '@/tests/setup/test-environment';

let gitHub: FakeGitHub;

beforeAll(async () => {
  gitHub = await startFakeGitHub();
});
beforeEach(() => {
  gitHub.faults = {};
  gitHub.requests.length = 0;
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', ANYON_GITHUB_URL: gitHub.url, ANYON_GITHUB_API_URL: undefined });
});
afterAll(() => gitHub.close());

describe('whose token it is', () => {
  it('comes with scopes and the end of the token, from an Enterprise server’s own address', async () => {
    const expiresAt = new Date('2090-03-04T05:06:07Z');
    const { value } = gitHub.tokens.add(gitHub.user, { scopes: ['repo', 'read:org'], expiresAt });
    expect(await readGitHubAccount(value)).toEqual({ id: 583_231, login: 'octocat', name: 'The Octocat', avatarUrl: `${gitHub.url}/avatars/583231`, publicEmail: null, scopes: ['repo', 'read:org'], expiresAt });
    expect(gitHub.requests).toEqual(['GET /api/v3/user']);
  });

  it('names no scopes and no end of a fine-grained token without one', async () => {
    const { value } = gitHub.tokens.add(gitHub.user, { prefix: 'github_pat_', scopes: null });
    expect(await readGitHubAccount(value)).toMatchObject({ login: 'octocat', scopes: [], expiresAt: null });
  });

  it('is unauthenticated when GitHub does not know the token, it has expired or was revoked', async () => {
    const revoked = gitHub.tokens.add(gitHub.user);
    revoked.revoked = true;
    const expired = gitHub.tokens.add(gitHub.user, { expiresAt: new Date(Date.now() - 1000) });
    for (const token of [revoked.value, expired.value, 'ghp_madeupmadeupmadeup']) await expect(readGitHubAccount(token)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('is unauthenticated when GitHub has suspended the account', async () => {
    gitHub.faults.userStatus = 403;
    await expect(readGitHubAccount(gitHub.tokens.add(gitHub.user).value)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('is limit_reached, with the time, when the token has no calls left', async () => {
    const { value } = gitHub.tokens.add(gitHub.user, { callsLeft: 0 });
    const error: unknown = await readGitHubAccount(value).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'limit_reached', message: expect.stringMatching(/until \d\d:\d\d UTC/) as string });
    const until = (error as { until: Date }).until.getTime();
    expect(until).toBeGreaterThan(Date.now() + 590_000);
    expect(until).toBeLessThan(Date.now() + 610_000);
  });

  it('is unavailable when GitHub has a failure of its own, is not there, or something else answers', async () => {
    const { value } = gitHub.tokens.add(gitHub.user);
    for (const status of [500, 502, 503, 404]) {
      gitHub.faults.userStatus = status;
      await expect(readGitHubAccount(value)).rejects.toMatchObject({ kind: 'unavailable' });
    }
    changeEnvironment({ ANYON_GITHUB_API_URL: 'http://localhost:1' });
    await expect(readGitHubAccount(value)).rejects.toMatchObject({ kind: 'unavailable', message: 'GitHub does not answer at this moment. Try again later.' });
  });

  it('never sends the token on to another address', async () => {
    const elsewhere = await startFakeGitHub();
    try {
      gitHub.faults.apiRedirect = `${elsewhere.url}/user`;
      await expect(readGitHubAccount(gitHub.tokens.add(gitHub.user).value)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('leads to another one') as string });
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('errors hold nothing of the token', async () => {
    const token = 'ghp_madeupmadeupmadeup';
    const error: unknown = await readGitHubAccount(token).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(token);
  });
});
