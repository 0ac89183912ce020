import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, desc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLAUDE_TRAILER } from '@/contract/publishing';
import type { RunView } from '@/contract/run';
import { auditEvents, publishStepRows, pushes, runs, secretUses, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { attemptSecretsDir, workspaceExchangeDir, workspaceSecretsDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { commitWorktree } from '@/server/runs/publishing/commit-worktree';
import { gitIdentityOf } from '@/server/runs/publishing/git-identity';
import { proposePublishing } from '@/server/runs/publishing/propose';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { pushBranch } from '@/server/runs/publishing/push-branch';
import { rebaseWorktree } from '@/server/runs/publishing/rebase-worktree';
import { askForResolution } from '@/server/runs/publishing/ask-for-resolution';
import { refreshPublishing } from '@/server/runs/publishing/refresh-pull-request';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { stopRun } from '@/server/runs/stop-run';
import { sweepSecrets } from '@/server/runs/sweep-secrets';
import { injectSecrets } from '@/server/secrets/injection/inject-secrets';
import { allProcesses, engineRecords, placesWith } from '@/tests/setup/search-secrets';
import { endedRun } from '@/tests/setup/wait-for-state';
import { startPublishingBench, type PublishingBench } from '@/tests/setup/publishing-bench';

/** N14 From a worktree to the remote: the real engine, the real CLI against the simulator, real git against a server that wants a sign-in. */
let bench: PublishingBench;
let run: RunView;
let tree: string;

/** What a repository, or Claude in it, may put in the way: hooks of every kind, a helper, another address, a monitor, a signature. */
const hostile = [
  'cd /workspace/repo && mkdir -p .git/hooks',
  'for h in pre-commit prepare-commit-msg commit-msg post-commit pre-push reference-transaction post-checkout pre-rebase post-rewrite; do printf "#!/bin/sh\\necho $h >> /workspace/hooked\\n" > .git/hooks/$h && chmod +x .git/hooks/$h; done',
  'git config credential.helper "!echo helper >> /workspace/hooked; cat >> /workspace/hooked; echo"',
  'git config url."http://127.0.0.1:9/".insteadOf http:// && git config core.fsmonitor "echo monitor >> /workspace/hooked" && git config commit.gpgSign true && git config user.name Mallory',
].join(' && ');
const bash = (script: string) => `[[sim:bash cmd="${script.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}" timeout=60000]]`;

beforeAll(async () => {
  bench = await startPublishingBench();
  run = await bench.run(`Plan the garden. ${bash('echo early > early.txt && git add -A && git commit -qm "Claude commits by itself"')} ${bash(hostile)} [[sim:write path=late.txt content="late\\n"]] [[sim:text text="The garden is planned."]]`);
  expect(run).toMatchObject({ status: 'succeeded' });
  tree = `/workspace/worktrees/${run.id}`;
});
afterAll(() => bench?.close());

const access = () => bench.access(run);
const state = async () => publishStateOf(await access());
const push = async (input: { branch?: string; force?: boolean } = {}) => pushBranch(await access(), { force: false, ...input });
const commit = async (message: string, coAuthor = true) => commitWorktree(await access(), { message, coAuthor });
const inTree = (...argv: string[]) => bench.inContainer('git', '-C', tree, ...argv).trim();
const write = (file: string, content: string) => bench.inContainer('sh', '-c', 'printf %s "$1" > "$2"', 'sh', content, `${tree}/${file}`);
const audited = (action: 'branch_pushed') => database().select().from(auditEvents).where(and(eq(auditEvents.action, action), eq(auditEvents.subjectId, run.id)));

describe('N14 a commit', () => {
  it('by Claude itself has the person as author', async () => {
    expect(await state()).toMatchObject({
      branch: run.branch,
      baseBranch: 'main',
      uncommittedFiles: 1,
      commits: [{ subject: 'Claude commits by itself', author: `The Octocat <583231+octocat@users.noreply.${new URL(bench.git.url).hostname}>` }],
      behind: 0,
      pushed: null,
      upToDate: false,
      closedBecause: null,
      obstacle: null,
      author: { name: 'The Octocat', isFromGitHub: true },
    });
  });

  it('is proposed in words of the conversation', async () => {
    expect(await proposePublishing(await access())).toMatchObject({ title: 'Plan the garden', commitMessage: 'Plan the garden\n\nThe garden is planned.' });
  });

  it('takes everything but what is ignored, names the person and Claude, and runs no hook of the repository', async () => {
    inTree('status'); // as anybody's git would: what lies in wait is no empty threat
    expect(bench.inContainer('cat', '/workspace/hooked')).toContain('monitor');
    bench.inContainer('sh', '-c', `rm -f /workspace/hooked && mkdir -p ${tree}/ignored && touch ${tree}/ignored/x`);
    const after = await commit('Add ünïcode\n\n# not a comment');
    expect(after).toMatchObject({ uncommittedFiles: 0, commits: [{ subject: 'Add ünïcode' }, { subject: 'Claude commits by itself' }] });
    expect(inTree('log', '-1', '--format=%an <%ae>|%cn <%ce>|%B')).toBe(`${'The Octocat <EMAIL>|'.repeat(2).replaceAll('EMAIL', after.author.email)}Add ünïcode\n\n# not a comment\n\n${CLAUDE_TRAILER}`);
    expect(inTree('ls-tree', '--name-only', 'HEAD').split('\n')).toEqual(['.gitignore', 'README.md', 'early.txt', 'late.txt']);
    expect(bench.inContainer('ls', '/workspace')).not.toContain('hooked');
  });

  it('leaves Claude out where that is wanted, and is refused when there is nothing to commit', async () => {
    write('more.txt', 'more\n');
    await commit('More', false);
    expect(inTree('log', '-1', '--format=%B')).toBe('More');
    await expect(commit('Nothing')).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('nothing to commit') as string });
  });
});

describe('N14 whom a commit names', () => {
  it('is the person as GitHub shows them, and without a connection one that nobody on GitHub will be taken for', async () => {
    Object.assign(bench.gitHub.user, { name: 'Octo <Cat>\u0000', email: 'octo@example.com' });
    await bench.connect();
    expect(await gitIdentityOf(bench.ada.userId)).toEqual({ name: 'Octo Cat', email: 'octo@example.com', isFromGitHub: true });
    Object.assign(bench.gitHub.user, { name: 'The Octocat', email: null });
    await bench.connect();
    expect(await gitIdentityOf((await bench.product.addUser('Bob B.')).userId)).toEqual({ name: 'Bob B', email: 'Bob-B@localhost', isFromGitHub: false });
  });
});

describe('N14 a push', () => {
  it('sends the commits with the person’s token, once for two clicks, and writes it down', async () => {
    const both = await Promise.allSettled([push(), push()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { kind: 'conflict' } });
    expect(bench.onServer('rev-parse', `refs/heads/${run.branch}`)).toBe(inTree('rev-parse', 'HEAD'));
    expect(bench.onServer('log', '-3', '--format=%an', `refs/heads/${run.branch}`)).toBe('The Octocat\nThe Octocat\nThe Octocat');
    expect(await database().select().from(pushes).where(eq(pushes.runId, run.id))).toMatchObject([{ branch: run.branch, commit: inTree('rev-parse', 'HEAD'), forced: false }]);
    expect(await audited('branch_pushed')).toMatchObject([{ actorLogin: 'ada', subject: run.branch }]);
    expect(await state()).toMatchObject({ upToDate: true, pushed: { branch: run.branch, by: 'ada' }, activity: null });
  });

  it('SEC-08 SEC-09 leaves the token nowhere, and ran none of what the repository had put in its way', async () => {
    const tokens = [...bench.gitHub.tokens.all()].map(({ value }) => value);
    expect(tokens.length).toBeGreaterThan(0);
    const files = bench.inContainer('sh', '-c', 'find /workspace /anyon /home /tmp /var/tmp -type f -readable -size -20000k -exec cat {} + 2>/dev/null; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null || true');
    expect(placesWith(tokens, { files, ...engineRecords(bench.containerId) })).toEqual([]);
    expect(placesWith(tokens, allProcesses()).filter((place) => !place.includes(String(process.pid)))).toEqual([]);
    expect(readdirSync(workspaceSecretsDir(bench.workspaceId))).toEqual(['.place']);
    expect((await database().select().from(secretUses).where(eq(secretUses.runId, run.id))).every(({ endedAt }) => endedAt !== null)).toBe(true);
    expect(bench.inContainer('ls', '/workspace')).not.toContain('hooked');
    expect(readdirSync(workspaceExchangeDir(bench.workspaceId))).toEqual([]);
  });

  it('overwrites nothing that somebody else has pushed, also with force', async () => {
    bench.commitElsewhere(run.branch, 'theirs.txt', 'theirs\n');
    const theirs = bench.onServer('rev-parse', `refs/heads/${run.branch}`);
    write('ours.txt', 'ours\n');
    await commit('Ours');
    await expect(push()).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('has commits that are not here') as string });
    await expect(push({ force: true })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('Nothing was overwritten') as string });
    expect(bench.onServer('rev-parse', `refs/heads/${run.branch}`)).toBe(theirs);
  });

  it('replaces with force what was pushed from here, and goes to another branch where one is named', async () => {
    await push({ branch: 'anyon/other' });
    inTree('-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false', '-c', 'core.fsmonitor=false', '-c', 'user.email=a@b', 'commit', '--quiet', '--amend', '--message', 'Ours, again');
    await expect(push({ branch: 'anyon/other' })).rejects.toMatchObject({ kind: 'conflict' });
    await push({ branch: 'anyon/other', force: true });
    expect(bench.onServer('rev-parse', 'refs/heads/anyon/other')).toBe(inTree('rev-parse', 'HEAD'));
    expect((await audited('branch_pushed')).map(({ subject, details }) => [subject, details['forced']])).toContainEqual(['anyon/other', true]);
  });

  it('is refused in words when the server does not know the token any more, and the connection says so', async () => {
    write('later.txt', 'later\n');
    await commit('Later');
    bench.git.accept('octocat', null);
    await expect(push()).rejects.toMatchObject({ kind: 'forbidden', message: expect.stringContaining('Connect GitHub again') as string });
    expect(await state()).toMatchObject({ remedy: 'connect_github', obstacle: expect.stringContaining('refuses your token') as string });
    expect(readdirSync(workspaceSecretsDir(bench.workspaceId))).toEqual(['.place']);
    await bench.connect();
    expect(await state()).toMatchObject({ remedy: null, obstacle: null });
  });
});

describe('N14 a rebase', () => {
  it('fetches the base and puts the commits onto it', async () => {
    bench.commitElsewhere('main', 'base.txt', 'base\n');
    expect(await refreshPublishing(await access())).toMatchObject({ behind: 1 });
    const before = inTree('log', '--format=%s', 'origin/main~1..HEAD').split('\n');
    const after = await rebaseWorktree(await access());
    expect(after).toMatchObject({ behind: 0, conflict: null, uncommittedFiles: 0, branch: run.branch });
    expect(after.commits.map(({ subject }) => subject)).toEqual(before);
    expect(inTree('rev-parse', `HEAD~${before.length}`)).toBe(bench.onServer('rev-parse', 'main'));
    expect(inTree('log', '-1', '--format=%an|%cn', `HEAD~${before.length - 1}`)).toBe('The Octocat|The Octocat');
    expect(bench.inContainer('ls', '/workspace')).not.toContain('hooked');
    expect((await database().select({ onto: runs.rebasedOnto }).from(runs).where(eq(runs.id, run.id)))[0]).toEqual({ onto: bench.onServer('rev-parse', 'main') });
  });

  it('leaves every byte as it is where there are conflicts, names the files, and Claude can be asked', async () => {
    bench.commitElsewhere('main', 'late.txt', 'something else\n');
    const picture = () => [
      bench.inContainer('sh', '-c', `cd ${tree} && find . -printf '%p %m %T@ %s\\n' | sort && find . -type f -exec sha256sum {} + | sort`),
      inTree('rev-parse', 'HEAD'),
      inTree('symbolic-ref', 'HEAD'),
      inTree('-c', 'core.fsmonitor=false', 'status', '--porcelain'),
      inTree('worktree', 'list'),
    ];
    const before = picture();
    expect(await rebaseWorktree(await access())).toMatchObject({ behind: 1, conflict: { onto: 'main', files: ['late.txt'] } });
    expect(picture()).toEqual(before);
    expect(bench.inContainer('ls', '-A', '/workspace/.anyon/rebase')).toBe('');
    const { followUpId, startedRun } = await askForResolution(await access());
    expect(followUpId).toBeTruthy();
    const [newest] = await database().select().from(runs).where(eq(runs.id, startedRun?.id ?? ''));
    expect(newest?.prompt).toContain('- late.txt');
  });

  it('is closed, as everything is, while a run of the conversation is at work', async () => {
    const [newest] = await database().select().from(runs).where(eq(runs.claudeSessionId, run.claudeSessionId)).orderBy(desc(runs.number)).limit(1);
    if (!newest) throw new Error('There is no run.');
    const isOver = async () => (await state()).closedBecause === null;
    await stopRun(await requireRunAccess(bench.ada, newest.id));
    for (const deadline = Date.now() + 60_000; !(await isOver()); await sleep(100)) if (Date.now() > deadline) throw new Error('The run does not end.');
    const set = (status: 'running' | 'stopped') => database().update(runs).set({ status }).where(eq(runs.id, newest.id));
    await set('running');
    expect(await state()).toMatchObject({ closedBecause: `Run #${newest.number} is at work in these files. Wait for its end, or stop it.`, commits: [] });
    for (const refused of [() => commit('x'), () => push(), async () => rebaseWorktree(await access())]) await expect(refused()).rejects.toMatchObject({ kind: 'precondition' });
    await set('stopped');
  });

  it('waits until everything is committed', async () => {
    write('loose.txt', 'loose\n');
    await expect(rebaseWorktree(await access())).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('Commit the changes first') as string });
    await commit('Loose');
  });

  it('is where the conversation begins for the runs after it: their diff shows nothing of the base branch’s own', async () => {
    const { startedRun } = await addFollowUp(await access(), { prompt: '[[sim:write path=after.txt content="after"]] [[sim:text text="Done."]]', now: true });
    const after = await endedRun(bench.ada, startedRun ?? { id: '' });
    expect(after.status).toBe('succeeded');
    const shown = async (one: RunView) => (await readRunDiff(await bench.access(one), 'conversation')).files.map(({ path }) => path).sort();
    expect(await shown(after)).toEqual(expect.arrayContaining(['after.txt', 'early.txt', 'late.txt', 'loose.txt']));
    expect(await shown(after)).not.toContain('base.txt');
    // What was shown of the run before the rebase is what it was, and so are the places of comments on it.
    expect(await shown(run)).toEqual(['early.txt', 'late.txt']);
  });
});

describe('N14 what is left behind', () => {
  it('SEC-08 of a process that died in mid-push is taken away when its lease is over, and not before', async () => {
    const id = uuidv7();
    const lease = (leaseUntil: Date) => ({ firstRunId: run.id, id, runId: run.id, startedById: bench.ada.userId, step: 'push' as const, leaseUntil });
    const set = (until: Date) => database().insert(publishStepRows).values(lease(until)).onConflictDoUpdate({ target: publishStepRows.firstRunId, set: lease(until) });
    const folder = attemptSecretsDir(bench.workspaceId, id);
    await set(new Date(Date.now() + 60_000));
    await injectSecrets({ workspaceId: bench.workspaceId, attempt: id, runId: run.id, userId: bench.ada.userId }, [{ name: 'github', value: 'x', secret: null }]);
    await sweepSecrets();
    expect(existsSync(folder)).toBe(true);
    await expect(push()).rejects.toMatchObject({ kind: 'conflict', message: 'A push is under way in these files already. Wait for its end.' });
    await set(new Date(0));
    await sweepSecrets();
    expect(existsSync(folder)).toBe(false);
    expect((await push({ branch: 'anyon/third' })).upToDate).toBe(true);
  });

  it('says what to start when the workspace is stopped', async () => {
    await database().update(workspaces).set({ status: 'stopped' }).where(eq(workspaces.id, bench.workspaceId));
    expect(await state()).toMatchObject({ remedy: 'start_workspace', closedBecause: expect.stringContaining('Start it') as string, pushed: { branch: 'anyon/third' } });
    await expect(push()).rejects.toMatchObject({ kind: 'precondition' });
    await database().update(workspaces).set({ status: 'running' }).where(eq(workspaces.id, bench.workspaceId));
  });
});
