import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eq, sql, TransactionRollbackError } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GET } from '@/app/api/runs/[runId]/log/route';
import { searchAllLogsInput, searchLogInput } from '@/contract/log-search';
import { changeRetentionInput, type RetentionForecast, type RetentionKind } from '@/contract/retention';
import { auditEvents, batches, followUps, removedWorkspaces, retentionRules, retentionUnfinished, reviewComments, runEvents, runs, sessions, tasks, users, workspaces, worktreePlaces } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { removedDir, workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { keepRun } from '@/server/runs/keep-run';
import { readLogLines } from '@/server/runs/log-index/read-log-lines';
import { allowSearchAll, searchAllRuns } from '@/server/runs/log-search/search-all';
import { allowSearch } from '@/server/runs/log-search/search-run';
import { getRun } from '@/server/runs/run-queries';
import { bringFilesBack } from '@/server/runs/worktrees/bring-files-back';
import { measureWorktrees } from '@/server/runs/worktrees/measure-worktrees';
import { maskTokens } from '@/server/secrets/masked-text';
import type { BackupManifest } from '@/server/system/backup/manifest';
import { settleRestored } from '@/server/system/backup/settle-restored';
import { applyRetentionNow } from '@/server/system/retention/apply-now';
import { applyRetention, applyRetentionWhenDue } from '@/server/system/retention/apply-retention';
import { changeRetention } from '@/server/system/retention/change-retention';
import { finishRemovals } from '@/server/system/retention/finish-removals';
import { forecastProposal, forecastRetention } from '@/server/system/retention/forecast';
import { removers } from '@/server/system/retention/remove';
import { takeWorktree } from '@/server/workspaces/worktree-lease';
import { lookAtDirectories } from '@/server/workspaces/reconcile/look-at-directories';
import { applied, daysAgo, filesOf, openRetentionBench, rowOf, setRule, type RetentionBench } from '@/tests/setup/retention-bench';
import type { SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, type SignInBench } from '@/tests/setup/test-sign-in';

let kept: RetentionBench;
let bench: SignInBench;
let owner: SignedIn;
let admin: SignedIn;
let workspaceId: string;
const oldRun: RetentionBench['oldRun'] = (...run) => kept.oldRun(...run);

beforeAll(async () => {
  kept = await openRetentionBench();
  ({ bench, owner, admin } = kept);
});
beforeEach(async () => {
  workspaceId = await kept.beginAnew();
});
afterAll(() => kept.close());

const masked = maskTokens;
const guard = { mayAct: async () => true, signal: new AbortController().signal };

async function forecastOf(kind: RetentionKind): Promise<RetentionForecast> {
  const found = (await forecastRetention(admin.actor)).forecasts.find((one) => one.kind === kind);
  if (!found) throw new Error(`There is no forecast of ${kind}.`);
  return found;
}

describe('the rules of an install', () => {
  it('wait for a day after they were made and after each change, and a round in that time removes nothing', async () => {
    await bench.database.delete(retentionRules);
    const old = await oldRun(500);
    await applyRetentionWhenDue(guard);
    expect((await rowOf(old)).logRemovedAt).toBeNull();
    expect(await forecastOf('logs')).toMatchObject({ rule: { keepDays: 90, maxBytes: null }, goes: { items: 1, bytes: 1000 }, holdsUntil: expect.any(Date), changedBy: null });
    expect((await forecastOf('worktrees')).actsAt).toBeNull();

    await setRule('logs', 600);
    const { forecasts } = await changeRetention(admin.actor, { kind: 'logs', keepDays: 400, maxBytes: null });
    const changed = forecasts.find(({ kind }) => kind === 'logs');
    expect(changed).toMatchObject({ changedBy: 'root', goes: { items: 1, bytes: 1000 }, first: [{ because: 'older than 400 days', link: `/workspaces/${workspaceId}/runs/${old}` }] });
    expect((changed?.holdsUntil?.getTime() ?? 0) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    await applyRetention(guard);
    expect(filesOf(old)).toContain('out.log');
    const [row] = await bench.database.select().from(auditEvents).where(eq(auditEvents.action, 'retention_changed'));
    expect(row).toMatchObject({ actorLogin: 'root', subject: 'Logs of runs', details: { keepDaysBefore: 600, keepDays: 400 } });
  });

  it('apply at once when an administrator says so who saw what goes, and not when more would go by then', async () => {
    const old = await oldRun(100);
    await changeRetention(admin.actor, { kind: 'logs', keepDays: 90, maxBytes: null });
    await oldRun(101);
    await expect(applyRetentionNow(admin.actor, { kind: 'logs', items: 1, bytes: 1000 })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^More goes by now than was shown: 2 logs/) });
    await applyRetentionWhenDue(guard);
    expect(filesOf(old)).toContain('out.log');
    await applyRetentionNow(admin.actor, { kind: 'logs', items: 2, bytes: 2000 });
    await applyRetentionWhenDue(guard); // asked for: it does not wait for the hour
    expect(filesOf(old)).toEqual(['changes.json', 'diff.patch']);
    const view = await forecastRetention(admin.actor);
    expect(view.rounds[0]).toMatchObject({ kind: 'logs', items: 2, bytes: 2000, because: 'older than 90 days' });
    const before = view.lastRoundAt;
    await oldRun(200);
    await applyRetentionWhenDue(guard);
    expect((await forecastRetention(admin.actor)).lastRoundAt).toEqual(before); // the next one is in an hour
  });

  it('can be tried out before they are there, and refuse what would be missed', async () => {
    await oldRun(10);
    expect(await forecastProposal(admin.actor, { kind: 'logs', keepDays: 5, maxBytes: null })).toMatchObject({ goes: { items: 1 }, rule: { keepDays: 5 } });
    expect((await forecastOf('logs')).rule.keepDays).toBeNull();
    for (const wrong of [{ kind: 'audit', keepDays: 29, maxBytes: null }, { kind: 'logs', keepDays: 0, maxBytes: null }, { kind: 'removed_work', keepDays: 3, maxBytes: null }, { kind: 'logs', keepDays: 5, maxBytes: 1 }]) expect(changeRetentionInput.safeParse(wrong).success).toBe(false);
  });
});

describe('logs and conversations', () => {
  it('go by age, with a sentence in their place: page, download, lines and search say it, and the diff stays', async () => {
    const [old, young] = [await oldRun(91), await oldRun(89)];
    await setRule('logs', 90);
    await applyRetention(guard);
    expect(filesOf(old)).toEqual(['changes.json', 'diff.patch']);
    expect(filesOf(young)).toContain('out.log');
    expect(await rowOf(old)).toMatchObject({ logRemovedBecause: 'older than 90 days', outBytes: 1000 });

    const access = await requireRunAccess(owner.actor, old);
    const sentence = /^The log was removed on \d+ \w+ \d{4} by the rule: older than 90 days\.$/;
    expect(await getRun(access)).toMatchObject({ logRemovedAt: expect.any(Date), detailsRemovedAt: null });
    for (const query of ['stream=out', 'stream=out&lines=1-2&download=1']) {
      const answer = await GET(new Request(`${PUBLIC_URL}/api/runs/${old}/log?${query}`, { headers: { cookie: owner.cookie } }), { params: Promise.resolve({ runId: old }) });
      expect({ status: answer.status, ...((await answer.json()) as object) }).toEqual({ status: 410, kind: 'gone', message: expect.stringMatching(sentence) });
    }
    await expect(readLogLines(access, { runId: old, stream: 'out', from: 1, count: 10, readable: false })).rejects.toMatchObject({ kind: 'gone' });
    expect(() => allowSearch(access, searchLogInput.parse({ runId: old, text: 'x' }))).toThrow(sentence);
    const everywhere = searchAllLogsInput.parse({ workspaceId, text: 'x' });
    await allowSearchAll(owner.actor, everywhere);
    const found = [];
    for await (const { event } of searchAllRuns(owner.actor, everywhere, guard.signal)) found.push(event);
    expect(found.flatMap(({ run }) => run?.runId ?? [])).toEqual([young]);
    expect(found.at(-1)).toMatchObject({ total: 1 });
  });

  it('of which nothing is left leave no folder; neither is a difference for the reconciler', async () => {
    const old = await oldRun(400);
    for (const kind of ['logs', 'conversations'] as const) await setRule(kind, 90);
    await applyRetention(guard);
    expect(filesOf(old)).toBeNull();
    expect(await bench.database.$count(runEvents, eq(runEvents.runId, old))).toBe(0);
    expect(await getRun(await requireRunAccess(owner.actor, old))).toMatchObject({ prompt: 'Prompt 1', detailsRemovedBecause: 'older than 90 days' });
    const half = await oldRun(400);
    await setRule('conversations', null);
    await applyRetention(guard);
    expect(filesOf(half)).toEqual(['changes.json', 'diff.patch']);
    expect((await lookAtDirectories({ workspace: () => true, run: (id) => [old, half].includes(id) })).runs.map(({ name }) => name).filter((name) => [old, half].includes(name))).toEqual([]);
  });

  it('go by size, the oldest first, and are written down with what they come to', async () => {
    const ids = [await oldRun(9, 400_000), await oldRun(5, 400_000), await oldRun(7, 400_000), await oldRun(0, 400_000)];
    await setRule('logs', null, 1024 ** 2);
    const before = (await applied()).length;
    expect((await forecastOf('logs')).first.map(({ id, because }) => `${ids.indexOf(id)} ${because}`)).toEqual(['2 more than 1 MiB in all, the oldest first', '0 more than 1 MiB in all, the oldest first']);
    await applyRetention(guard);
    expect(ids.map((id) => filesOf(id)?.includes('out.log'))).toEqual([false, true, false, true]);
    expect((await applied()).slice(before)).toEqual([{ subject: 'Logs of runs', items: 2, bytes: 800_000, rule: 'more than 1 MiB in all, the oldest first', from: expect.any(String), to: expect.any(String) }]);
  });

  it('stay where something still happens in the conversation, or somebody keeps it', async () => {
    const spared: Record<string, string> = {};
    const session = { live: randomUUID(), parked: randomUUID() };
    spared['live'] = await oldRun(400, 10, { claudeSessionId: session.live });
    await oldRun(0, 10, { claudeSessionId: session.live, status: 'running', finishedAt: null });
    spared['parked'] = await oldRun(400, 10, { claudeSessionId: session.parked, status: 'parked', finishedAt: null, statusSince: daysAgo(400) });
    spared['queue'] = await oldRun(400);
    await bench.database.insert(followUps).values({ id: uuidv7(), runId: spared['queue'], position: 1, prompt: masked('next'), createdById: owner.actor.userId });
    spared['review'] = await oldRun(400);
    await bench.database.insert(reviewComments).values({ id: uuidv7(), runId: spared['review'], authorId: owner.actor.userId, path: masked('a'), side: 'new', line: 1, lineText: masked('x'), body: masked('Why?') });
    spared['kept'] = await oldRun(400);
    await keepRun(await requireRunAccess(owner.actor, spared['kept']), true);
    for (const kind of ['logs', 'conversations'] as const) await setRule(kind, 90, 1024 ** 2);
    expect(await forecastOf('logs')).toMatchObject({ goes: { items: 0 } });
    expect((await forecastOf('logs')).spared).toEqual(expect.arrayContaining([{ why: 'somebody keeps it', items: 1 }, { why: 'a run of the conversation is not over', items: 3 }, { why: 'a follow-up waits in it', items: 1 }, { why: 'comments on it are not sent yet', items: 1 }]));
    await applyRetention(guard);
    for (const id of Object.values(spared)) expect([filesOf(id)?.includes('out.log'), filesOf(id)?.includes('diff.patch')]).toEqual([true, true]);
    // What was chosen a moment before somebody said to keep it: the mark is refused.
    expect(await bench.database.transaction((tx) => removers.logs(tx, Object.values(spared), 'older than 90 days'))).toEqual([]);

    await keepRun(await requireRunAccess(owner.actor, spared['kept']), false);
    await applyRetention(guard);
    expect(filesOf(spared['kept'])).toBeNull();
  });

  it('that a worker has marked before it died are removed by the next one, whatever the rule says by then', async () => {
    const old = await oldRun(400);
    await bench.database.transaction((tx) => removers.logs(tx, [old], 'older than 90 days'));
    expect(filesOf(old)).toContain('out.log');
    expect((await rowOf(old)).logRemovedBecause).toBe('older than 90 days'); // said before it goes
    const notMine = { ...guard, mayAct: async () => false };
    await finishRemovals(notMine);
    expect(filesOf(old)).toContain('out.log');
    await applyRetentionWhenDue(guard);
    expect(filesOf(old)).toEqual(['changes.json', 'diff.patch']);
    expect(await bench.database.$count(retentionUnfinished)).toBe(0);
  });
});

describe('other kinds', () => {
  it('worktrees are measured, leave when nobody has gone on for long, and nobody works in one that has left', async () => {
    const old = await oldRun(100);
    const folder = path.join(workspaceFilesDir(workspaceId), 'worktrees');
    mkdirSync(path.join(folder, old), { recursive: true });
    writeFileSync(path.join(folder, old, 'file'), 'x'.repeat(10_000));
    const busy = await oldRun(100);
    mkdirSync(path.join(folder, busy));
    writeFileSync(path.join(folder, busy, 'file'), 'x');
    await measureWorktrees(guard.signal);
    const [place] = await bench.database.select().from(worktreePlaces).where(eq(worktreePlaces.firstRunId, old));
    expect(place?.bytes).toBeGreaterThan(10_000);
    await takeWorktree({ workspaceId, firstRunId: busy, runId: busy, userId: owner.actor.userId }, 'commit');

    await setRule('worktrees', 90);
    expect((await forecastOf('worktrees')).first.map(({ id }) => id)).toEqual([old]);
    await bench.database.update(workspaces).set({ status: 'stopped' });
    expect((await forecastOf('worktrees')).first).toMatchObject([{ waitsFor: 'its workspace to run' }]);
    await applyRetention(guard);
    const access = () => requireRunAccess(owner.actor, old);
    expect((await getRun(await access())).filesAway).toBeNull();
    await bench.database.update(workspaces).set({ status: 'running' });
    await applyRetention(guard);
    expect((await getRun(await access())).filesAway).toMatchObject({ state: 'leaving', because: 'older than 90 days' });
    await bench.database.update(worktreePlaces).set({ state: 'away' }).where(eq(worktreePlaces.firstRunId, old));
    await expect(takeWorktree({ workspaceId, firstRunId: old, runId: old, userId: owner.actor.userId }, 'commit')).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/put into a checkpoint by the rule: older than 90 days\. Bring them back/) });
    expect((await bringFilesBack(await access())).filesAway).toMatchObject({ state: 'coming' });
  });

  it('deleted workspaces go by size, the oldest first, and not while one is brought back', async () => {
    const common = { ownerId: owner.actor.userId, repositoryUrl: 'x', settings: {}, kind: 'bundle' as const, bytes: 1024 ** 2, keptUntil: daysAgo(-20) };
    const [old, restoring, young] = [uuidv7(), uuidv7(), uuidv7()];
    const rows = [old, restoring, young].map((id, at) => ({ ...common, id, workspaceId: uuidv7(), name: `gone ${at}`, removedAt: daysAgo(9 - at) }));
    await bench.database.insert(removedWorkspaces).values(rows);
    for (const row of rows) mkdirSync(removedDir(row.workspaceId), { recursive: true });
    await bench.database.update(workspaces).set({ fromRemovedId: restoring });
    await setRule('removed_work', null, 2 * 1024 ** 2);
    await applyRetention(guard);
    expect((await bench.database.select({ id: removedWorkspaces.id }).from(removedWorkspaces)).map(({ id }) => id).sort()).toEqual([restoring, young].sort());
    expect(rows.map((row) => existsSync(removedDir(row.workspaceId)))).toEqual([false, true, true]);
  });

  it('audit goes by whole days and never below thirty, and that it went is written down; the table refuses everybody else', async () => {
    await recordAudit(bench.database, { action: 'sign_in', actor: null });
    await bench.testDatabase.sql`insert into audit_events (id, at, action) values (${uuidv7()}, now() - interval '400 days', 'sign_in'), (${uuidv7()}, now() - interval '40 days', 'sign_in'), (${uuidv7()}, now() - interval '20 days', 'sign_out')`;
    await setRule('audit', 365, 1024 ** 2);
    await applyRetention(guard);
    const ages = async () => (await bench.testDatabase.sql<{ days: number }[]>`select floor(extract(epoch from now() - at) / 86400)::int as days from audit_events where at < now() - interval '1 day' order by at`).map(({ days }) => days);
    expect(await ages()).toEqual([40, 20]);
    expect((await applied()).at(-1)).toMatchObject({ subject: 'Audit log', items: 1, rule: 'older than 365 days' });
    await bench.database.update(retentionRules).set({ keepDays: null, maxBytes: 1 }).where(eq(retentionRules.kind, 'audit')); // no page takes so little
    await applyRetention(guard);
    expect(await ages()).toEqual([20]);
    await expect(bench.database.delete(auditEvents)).rejects.toMatchObject({ cause: { message: expect.stringMatching(/only ever added to/) } });
  });

  it('tasks go with their tries, except the last of each workspace; small rows that are over go after a month', async () => {
    const gone = uuidv7();
    const task = (at: number, more: Partial<typeof tasks.$inferInsert> = {}) => ({ id: uuidv7(), workspaceId: gone, workspaceName: 'gone', ownerId: owner.actor.userId, kind: 'start' as const, cause: 'person' as const, fence: 1, priority: 1, maxAttempts: 1, status: 'succeeded' as const, createdAt: daysAgo(at), finishedAt: daysAgo(at), ...more });
    await bench.database.insert(tasks).values([task(300), task(299), task(298, { kind: 'delete' })]);
    await bench.database.insert(batches).values({ id: uuidv7(), action: 'stop', requestedById: owner.actor.userId, status: 'done', finishedAt: daysAgo(300) });
    const [session] = await bench.database.insert(sessions).values({ id: uuidv7(), userId: owner.actor.userId, via: 'github', expiresAt: daysAgo(40) }).returning();
    await setRule('tasks', 180);
    expect((await forecastOf('tasks')).goes.items).toBe(3);
    await applyRetention(guard);
    expect(await bench.database.select({ kind: tasks.kind }).from(tasks)).toEqual([{ kind: 'delete' }]);
    expect(await bench.database.$count(batches)).toBe(0);
    expect(await bench.database.$count(sessions, eq(sessions.id, session?.id ?? ''))).toBe(0);
    expect(await bench.database.$count(users)).toBe(2);
  });
});

it('is known to a restore: what was removed while the backup was made says so, and every rule waits anew', async () => {
  const [removed, stayed] = [await oldRun(10), await oldRun(10)];
  await bench.database.insert(worktreePlaces).values({ firstRunId: stayed, claudeSessionId: randomUUID(), bytes: 1, measuredAt: new Date(), state: 'away' });
  const manifest = { madeAt: '2026-05-03T10:00:00.000Z', parts: [{ name: `runs/${stayed}/out.log`, bytes: 1000 }] } as unknown as BackupManifest;
  await bench.database.transaction(async (tx) => {
    await settleRestored(tx, manifest);
    const rows = await tx.select({ id: runs.id, at: runs.logRemovedAt }).from(runs);
    expect(new Map(rows.map(({ id, at }) => [id, at]))).toEqual(new Map([[removed, new Date(manifest.madeAt)], [stayed, null]]));
    expect(await tx.$count(worktreePlaces)).toBe(0);
    expect(await tx.$count(retentionRules, sql`holds_until < now() + interval '23 hours'`)).toBe(0);
    tx.rollback();
  }).catch((error: unknown) => {
    if (!(error instanceof TransactionRollbackError)) throw error;
  });
});
