import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunView } from '@/contract/run';
import { auditEvents, pullRequestLooks, pullRequests } from '@/db/schema';
import { connectGitHubToken } from '@/server/connections/github/connect-github';
import { database } from '@/server/database';
import { commitWorktree } from '@/server/runs/publishing/commit-worktree';
import { markPullRequest } from '@/server/runs/publishing/mark-pull-request';
import { openPullRequest } from '@/server/runs/publishing/open-pull-request';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { pushBranch } from '@/server/runs/publishing/push-branch';
import { refreshPublishing, refreshWatchedPullRequests } from '@/server/runs/publishing/refresh-pull-request';
import type { FakePullRequest } from '@/tests/fakes/fake-github-repositories';
import { startPublishingBench, type PublishingBench } from '@/tests/setup/publishing-bench';

/** N14 The pull request of a conversation: real git, GitHub's API as a stand-in that speaks its shapes and refuses as it does. */
let bench: PublishingBench;
let run: RunView;

beforeAll(async () => {
  bench = await startPublishingBench();
  run = await bench.run('[[sim:write path=beds.txt content="beds\\n"]] [[sim:text text="Done."]]');
  expect(run).toMatchObject({ status: 'succeeded' });
  await commitWorktree(await access(), { message: 'Add beds', coAuthor: true });
});
afterAll(() => bench?.close());

const access = () => bench.access(run);
const state = async () => publishStateOf(await access());
const wanted = { title: 'Add beds', body: 'For tomatoes.\n', draft: true };
const open = async (more: { base?: string; draft?: boolean } = {}) => openPullRequest(await access(), { ...wanted, ...more });
const onServer = (name: string) => bench.onServer('for-each-ref', '--format=%(objectname)', `refs/heads/${name}`);
const signal = new AbortController().signal;

function onGitHub(): FakePullRequest {
  const [pull] = bench.repository.pulls;
  if (!pull) throw new Error('GitHub has no pull request.');
  return pull;
}

describe('N14 what GitHub does not let through', () => {
  it('is told in words, and no pull request is written down', async () => {
    bench.gitHub.faults.apiStatus = 503;
    await expect(open()).rejects.toMatchObject({ kind: 'unavailable' });
    bench.gitHub.faults = {};
    await expect(open({ base: 'nowhere' })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('The branch is not there.') as string });
    bench.repository.seenBy = [];
    await expect(open()).rejects.toMatchObject({ kind: 'not_found' });
    bench.repository.seenBy = ['octocat'];
    const weak = bench.gitHub.tokens.add(bench.gitHub.user, { scopes: ['read:user'] });
    await connectGitHubToken(bench.ada, { token: weak.value });
    await expect(open()).rejects.toMatchObject({ kind: 'forbidden', message: expect.stringContaining('Resource not accessible') as string });
    weak.callsLeft = 0;
    await expect(open()).rejects.toMatchObject({ kind: 'limit_reached', message: expect.stringMatching(/until \d\d:\d\d UTC/) as string });
    weak.callsLeft = null;
    weak.revoked = true;
    await expect(open()).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('Connect GitHub again') as string });
    expect(await state()).toMatchObject({ pullRequest: null, remedy: 'connect_github', noPullRequestBecause: expect.stringContaining('refuses your token') as string });
    expect(await database().select().from(pullRequests)).toEqual([]);
    await bench.connect();
  });
});

describe('N14 a pull request', () => {
  it('is opened after what is new was pushed, into the default branch, as a draft', async () => {
    bench.onServer('update-ref', '-d', `refs/heads/${run.branch}`);
    await database().execute(sql`delete from pushes`);
    const { pullRequest, upToDate, headCommit } = await open();
    expect(upToDate).toBe(true);
    expect(onServer(run.branch)).toBe(headCommit);
    expect(bench.repository.pulls).toMatchObject([{ title: 'Add beds', body: 'For tomatoes.\n', head: run.branch, base: 'main', draft: true }]);
    expect(pullRequest).toMatchObject({ number: 1, url: `${bench.gitHub.url}/octo/plans/pull/1`, isDraft: true, state: 'open', headBranch: run.branch, baseBranch: 'main', headCommit, checks: [], review: 'none', refreshProblem: null });
    expect(await database().select().from(auditEvents).where(and(eq(auditEvents.action, 'pull_request_opened'), eq(auditEvents.subjectId, run.id)))).toMatchObject([{ actorLogin: 'ada', details: { draft: true, base: 'main' } }]);
  });

  it('is found and shown instead of a second one', async () => {
    expect((await open({ draft: false })).pullRequest).toMatchObject({ number: 1, isDraft: true });
    expect(bench.repository.pulls).toHaveLength(1);
    expect(await database().select().from(pullRequests)).toHaveLength(1);
  });

  it('tells its checks and reviews after a push, and when it is asked', async () => {
    onGitHub().checks = [{ name: 'test', status: 'in_progress', conclusion: null }];
    onGitHub().statuses = [{ context: 'cla', state: 'success' }];
    bench.inContainer('sh', '-c', `echo more > /workspace/worktrees/${run.id}/more.txt`);
    await commitWorktree(await access(), { message: 'More', coAuthor: true });
    const pushed = await pushBranch(await access(), { force: false });
    expect(pushed.pullRequest).toMatchObject({ headCommit: pushed.headCommit, checks: [{ name: 'test', state: 'running' }, { name: 'cla', state: 'passed' }] });
    onGitHub().checks = [{ name: 'test', status: 'completed', conclusion: 'failure' }];
    onGitHub().reviews = [{ login: 'bob', state: 'CHANGES_REQUESTED' }];
    onGitHub().draft = false;
    expect((await refreshPublishing(await access())).pullRequest).toMatchObject({ isDraft: false, review: 'changes_requested', checks: [{ name: 'test', state: 'failed' }, { name: 'cla', state: 'passed' }] });
  });

  it('is marked as a draft and as ready again, and what GitHub does not do is told in its words', async () => {
    const mark = async (draft: boolean) => (await markPullRequest(await access(), { draft })).pullRequest;
    expect(await mark(true)).toMatchObject({ isDraft: true, refreshProblem: null });
    expect(onGitHub().draft).toBe(true);
    expect(await mark(false)).toMatchObject({ isDraft: false });
    expect(onGitHub().draft).toBe(false);
    const asked = () => bench.gitHub.requests.filter((request) => request === 'POST /api/graphql').length;
    const before = asked();
    await mark(false); // it is that already
    expect(asked()).toBe(before);
    onGitHub().noDrafts = true;
    await expect(mark(true)).rejects.toMatchObject({ kind: 'invalid', message: 'GitHub does not do this: Draft pull requests are not supported in this repository.' });
    expect(onGitHub().draft).toBe(false);
    expect(await database().$count(auditEvents, and(eq(auditEvents.action, 'pull_request_marked'), eq(auditEvents.subjectId, run.id)))).toBe(3);
  });

  it('keeps what GitHub said last while GitHub cannot be asked, and says why', async () => {
    bench.gitHub.faults.apiStatus = 502;
    expect((await refreshPublishing(await access())).pullRequest).toMatchObject({ review: 'changes_requested', refreshProblem: expect.stringContaining('status 502') as string });
    bench.gitHub.faults = {};
    expect((await refreshPublishing(await access())).pullRequest).toMatchObject({ refreshProblem: null });
  });
});

describe('N14 the loop that asks GitHub', () => {
  const age = () => database().update(pullRequests).set({ refreshedAt: sql`now() - interval '2 minutes'` });
  const asked = () => bench.gitHub.requests.filter((request) => request.endsWith('/pulls/1')).length;

  it('asks about what somebody looked at lately, at most once a minute', async () => {
    await state(); // somebody looks
    await age();
    onGitHub().title = 'Add many beds';
    await refreshWatchedPullRequests(signal);
    expect((await state()).pullRequest?.title).toBe('Add many beds');
    const before = asked();
    await refreshWatchedPullRequests(signal);
    expect(asked()).toBe(before);
    await age();
    await database().update(pullRequestLooks).set({ at: sql`now() - interval '1 hour'` });
    await refreshWatchedPullRequests(signal);
    expect(asked()).toBe(before);
  });

  it('leaves a person whose calls are used up alone until the time that GitHub names', async () => {
    await state();
    for (const token of bench.gitHub.tokens.all()) token.callsLeft = 0;
    await age();
    const before = asked();
    await refreshWatchedPullRequests(signal);
    await age();
    await refreshWatchedPullRequests(signal);
    expect(asked()).toBe(before + 1);
    for (const token of bench.gitHub.tokens.all()) token.callsLeft = null;
    expect((await state()).pullRequest?.refreshProblem).toMatch(/takes no more calls with this token until/);
  });

  it('ends with the pull request', async () => {
    onGitHub().state = 'closed';
    onGitHub().merged = true;
    expect((await refreshPublishing(await access())).pullRequest).toMatchObject({ state: 'merged' });
    await age();
    const before = asked();
    await refreshWatchedPullRequests(signal);
    expect(asked()).toBe(before);
  });
});
