import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { claudeConnections, runAttempts, runEvents, runs, workspaces } from '@/db/schema';
import type * as ClaudeAccount from '@/server/connections/claude/claude-account';
import { saveConnection } from '@/server/connections/claude/save-connection';
import { database } from '@/server/database';
import { runLogDir, workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { stopRun } from '@/server/runs/stop-run';
import { runMasker } from '@/server/secrets/run-masker';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { stopIdleWorkspaces } from '@/server/workspaces/idle-stop';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { limitReached, type ClaudeWire } from '@/tests/setup/claude-wire';
import { attemptsOf, connect, keepRaw, letGoOn, linesOf, openAlerts, parked, start, startParkedBench, type ParkedBench } from '@/tests/setup/parked-bench';
import { endedRun, runWhere, workspaceWhere } from '@/tests/setup/wait-for-state';

/**
 * Runs that wait for a sign-in or for a limit, and go on: the real CLI in the real engine with real connections; the simulator
 * answers in Claude's place, behind a listener that refuses when it is told to. Only the address of a subscription is another.
 */
const account = vi.hoisted(() => ({ url: '' }));
vi.mock('@/server/connections/claude/claude-account', async (original) => {
  const real = await original<typeof ClaudeAccount>();
  return { ...real, accountSource: (...given: Parameters<typeof real.accountSource>) => ({ ...real.accountSource(...given), baseUrl: account.url }) };
});

let bench: ParkedBench;
let wire: ClaudeWire;
let going: { stop: () => Promise<void> };
const newcomer = () => bench.newcomer();

beforeAll(async () => {
  bench = await startParkedBench();
  wire = bench.wire;
  account.url = wire.url;
});

afterAll(() => bench?.close());

beforeEach(() => {
  wire.refuse = () => null;
  wire.requests.length = 0;
  going = letGoOn();
});
afterEach(() => going.stop());

describe('a run whose sign-in is refused in mid-run', () => {
  it('is parked, keeps what it did, and goes on in the same session when there is another sign-in', async () => {
    const { person, workspace } = await newcomer();
    const first = `sk-ant-oat01-first-token-of-${person.login}-0123456789`;
    wire.refuse = ({ credential }) => (credential === first && wire.requests.length > 2 ? { status: 401 } : null);
    const run = await start(person, workspace, `[[sim:write path=notes.txt content="one"]] [[sim:bash cmd="echo ${first}; sleep 1"]] [[sim:text text="never said"]]`);
    const raws = [await keepRaw(run, run.id)];
    const waiting = await parked(person, run);
    expect(waiting).toMatchObject({ status: 'parked', parkedFor: 'claude_sign_in', parkedUntil: null, attempt: 1, finishedAt: null });
    expect(waiting.statusReason).toBe('Claude refused the sign-in in mid-run (401). What the run has done so far is kept.');
    expect(waiting.nextStep).toBe('Sign in to Claude again under Settings → Connections; it goes on by itself then.');
    expect(waiting.changedFiles.map((file) => file.path)).toEqual(['notes.txt']);
    expect((await readRunDiff(await requireRunAccess(person, run.id))).patch).toContain('+one');
    const [connection] = await database().select().from(claudeConnections).where(eq(claudeConnections.userId, person.userId));
    expect(connection?.status).toBe('failed');
    expect(await openAlerts(person)).toEqual(['claude_sign_in_failed']);
    while (existsSync(path.join(workspaceExchangeDir(workspace.id), run.id))) await sleep(25);
    await sleep(1_000);
    expect((await runWhere(person, run, () => true)).status).toBe('parked');

    const logOfFirst = readFileSync(path.join(runLogDir(run.id), 'out.log'));
    expect(logOfFirst.length).toBe(waiting.outBytes);
    await connect(person, `sk-ant-oat01-second-token-of-${person.login}-0123456789`);
    raws.push(await keepRaw(run, `${run.id}-2`));
    const over = await endedRun(person, run);
    expect(over).toMatchObject({ id: run.id, status: 'succeeded', statusReason: null, attempt: 2, parkedFor: null, exitCode: 0, claudeSessionId: run.claudeSessionId, branch: run.branch });
    expect(wire.requests.at(-1)?.body).toContain('Go on where you stopped.');
    expect(wire.requests.at(-1)?.body).toContain('notes.txt');

    const log = readFileSync(path.join(runLogDir(run.id), 'out.log'));
    const masker = await runMasker(run.id);
    const raw = raws.map((descriptor) => readFileSync(descriptor));
    expect(log.equals(Buffer.concat(raw.map((bytes) => masker.maskWhole(bytes))))).toBe(true);
    expect(raw[0]?.includes(first)).toBe(true);
    expect(log.includes(first)).toBe(false);
    expect(log.subarray(0, logOfFirst.length).equals(logOfFirst)).toBe(true);
    expect(log.length).toBe(over.outBytes);
    const events = await database().select({ offset: runEvents.offset, kind: runEvents.kind }).from(runEvents).where(eq(runEvents.runId, run.id)).orderBy(asc(runEvents.offset));
    expect(events.map(({ offset, kind }) => `${offset} ${kind}`)).toEqual(linesOf(log));
    expect(await attemptsOf(run.id)).toMatchObject([
      { number: 1, outStart: 0, reason: 'claude_sign_in', endedAt: expect.any(Date) },
      { number: 2, outStart: logOfFirst.length, reason: null, endedAt: expect.any(Date) },
    ]);
    const results = log.toString().split('\n').filter((line) => line.includes('"type":"result"')).map((line) => JSON.parse(line) as { num_turns: number; total_cost_usd: number; usage: { output_tokens: number } });
    expect(results).toHaveLength(2);
    expect(over.usage.outputTokens).toBe(results.reduce((sum, { usage }) => sum + usage.output_tokens, 0));
    expect(over.usage.turns).toBe(results.reduce((sum, { num_turns }) => sum + num_turns, 0));
    expect(over.usage.costUsd).toBeCloseTo(results.at(-1)?.total_cost_usd ?? Number.NaN, 10); // the CLI adds it up over the session
    expect(over.changedFiles.map((file) => file.path)).toContain('notes.txt');
    expect(await openAlerts(person)).toEqual([]);
  });

  it('is stopped at once while it waits, and a run that fails otherwise says so by an alert', async () => {
    const { person, workspace } = await newcomer();
    wire.refuse = () => ({ status: 401 });
    const run = await start(person, workspace, 'Say something.');
    expect((await parked(person, run)).status).toBe('parked');
    const stopped = await stopRun(await requireRunAccess(person, run.id));
    expect(stopped).toMatchObject({ status: 'stopped', statusReason: `Stopped by ${person.login} while it waited.`, parkedFor: null });
    expect(stopped.finishedAt).not.toBeNull();
    wire.refuse = () => null;
    await connect(person, `sk-ant-oat01-second-token-of-${person.login}-0123456789`);
    const failed = await endedRun(person, await start(person, workspace, '[[sim:error status=400]]'));
    expect(failed.status).toBe('failed');
    expect(await openAlerts(person)).toEqual(['run_failed']);
    expect((await runWhere(person, run, () => true)).status).toBe('stopped');
  });
});

describe('a run that nobody ever lets in', () => {
  it('fails when it was parked twenty times in a row without a word of Claude', async () => {
    const { person, workspace } = await newcomer();
    wire.refuse = () => ({ status: 401 });
    const run = await start(person, workspace, 'Say something.');
    const { outBytes } = await parked(person, run);
    await database().update(runs).set({ attempt: 19 }).where(eq(runs.id, run.id));
    const earlier = Array.from({ length: 18 }, (_, index) => ({ runId: run.id, number: index + 2, outStart: outBytes, errStart: 0, reason: 'claude_sign_in', startedAt: new Date(Date.now() - 3_600_000) }));
    await database().insert(runAttempts).values(earlier);
    await connect(person, `sk-ant-oat01-second-token-of-${person.login}-0123456789`);
    const over = await endedRun(person, run);
    expect(over).toMatchObject({ status: 'failed', attempt: 20 });
    expect(over.statusReason).toBe('Claude refused the sign-in in mid-run (401). What the run has done so far is kept. Claude Code was started 20 times in a row and got no answer; the run is given up.');
  });
});

describe('a run that does not reach Claude', () => {
  it.each([
    ['that nobody answers', 'dropped', 'Claude could not be reached (502). What the run has done so far is kept.'],
    ['whose service has a fault', 529, "Claude's service has a fault (529). What the run has done so far is kept."],
  ] as const)('%s, waits and goes on by itself in the same session', async (_name, status, reason) => {
    const { person, workspace } = await newcomer();
    wire.refuse = ({ body }) => (body.includes('tool_result') ? { status } : null);
    const run = await start(person, workspace, '[[sim:write path=notes.txt content="kept"]] [[sim:text text=done]]');
    const waiting = await parked(person, run);
    expect(waiting).toMatchObject({ parkedFor: 'claude_unreachable', statusReason: reason, attempt: 1, nextStep: 'It tries again by itself, in the same Claude session.' });
    expect((waiting.parkedUntil?.getTime() ?? 0) - waiting.statusSince.getTime()).toBeLessThanOrEqual(10_000);
    wire.refuse = () => null;
    const over = await endedRun(person, run);
    expect(over).toMatchObject({ id: run.id, status: 'succeeded', attempt: 2, claudeSessionId: run.claudeSessionId });
    expect(over.changedFiles.map((file) => file.path)).toContain('notes.txt');
    expect(await openAlerts(person)).toEqual([]);
  });
});

describe('a run that reaches a usage limit', () => {
  it('is parked until the limit resets, and goes on by itself', async () => {
    const { person, workspace } = await newcomer();
    let resetsAt: Date | null = null;
    wire.refuse = () => {
      resetsAt ??= new Date((Math.floor(Date.now() / 1_000) + 10) * 1_000);
      return Date.now() < resetsAt.getTime() ? limitReached(resetsAt) : null;
    };
    const run = await start(person, workspace, 'Write a note.');
    const waiting = await parked(person, run);
    expect(waiting).toMatchObject({ status: 'parked', parkedFor: 'usage_limit', parkedUntil: resetsAt, statusReason: 'The five-hour usage limit of the Claude account is reached.' });
    expect(waiting.nextStep).toBe('It goes on by itself when the limit resets.');
    expect(await openAlerts(person)).toEqual(['usage_limit']);
    const over = await endedRun(person, run);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 2, claudeSessionId: run.claudeSessionId });
    expect((await attemptsOf(run.id))[1]?.startedAt.getTime()).toBeGreaterThan((waiting.parkedUntil as Date).getTime());
    expect(await openAlerts(person)).toEqual([]);
  });

  it('goes on earlier with another account', async () => {
    const { person, workspace } = await newcomer();
    const second = `sk-ant-oat01-second-token-of-${person.login}-0123456789`;
    wire.refuse = ({ credential }) => (credential === second ? null : limitReached(new Date(Date.now() + 3_600_000)));
    const run = await start(person, workspace, 'Write a note.');
    expect((await parked(person, run)).parkedFor).toBe('usage_limit');
    await sleep(1_000);
    await connect(person, second);
    expect(await endedRun(person, run)).toMatchObject({ status: 'succeeded', attempt: 2 });
  });

  it('is given its own prompt again when Claude had not begun, and its alert is over when it is stopped', async () => {
    const { person, workspace } = await newcomer();
    wire.refuse = () => limitReached(new Date(Date.now() + 3_600_000));
    const run = await start(person, workspace, 'Write the note that was asked for.');
    const other = await start(person, workspace, 'Write a note.');
    for (const one of [run, other]) expect((await parked(person, one)).parkedFor).toBe('usage_limit');
    expect(await openAlerts(person)).toEqual(['usage_limit']);
    await stopRun(await requireRunAccess(person, other.id));
    rmSync(path.join(workspaceFilesDir(workspace.id), '.anyon/claude', run.id, 'projects'), { recursive: true });
    wire.refuse = () => null;
    wire.requests.length = 0;
    await database().update(runs).set({ parkedUntil: new Date(Date.now() - 10_000) }).where(eq(runs.id, run.id));
    expect(await endedRun(person, run)).toMatchObject({ status: 'succeeded', attempt: 2, claudeSessionId: run.claudeSessionId });
    expect(wire.requests[0]?.body).toContain('Write the note that was asked for.');
    expect(wire.requests[0]?.body).not.toContain('Go on where you stopped.');

    wire.refuse = () => limitReached(new Date(Date.now() + 3_600_000));
    const last = await start(person, workspace, 'Write a note.');
    await parked(person, last);
    expect(await openAlerts(person)).toEqual(['usage_limit']);
    await stopRun(await requireRunAccess(person, last.id));
    while ((await openAlerts(person)).length > 0) await sleep(100);
  });

  it('asks again after a while where the stream does not say when the limit resets', async () => {
    const { person, workspace } = await newcomer();
    let open = false;
    wire.refuse = () => (open ? null : { status: 429, headers: { 'retry-after': '3600' } });
    await saveConnection(database(), person, { account: { method: 'api_key', baseUrl: null, region: null, projectId: null }, value: `sk-ant-api03-key-of-${person.login}-0123456789`, expiresAt: null, notTried: null });
    const run = await start(person, workspace, 'Write a note.');
    const waiting = await parked(person, run);
    expect(waiting).toMatchObject({ status: 'parked', parkedFor: 'usage_limit', statusReason: 'Claude takes no requests of this account at the moment (429) and does not say until when. The run asks again after 15 minutes.' });
    expect(Math.abs((waiting.parkedUntil?.getTime() ?? 0) - Date.now() - 900_000)).toBeLessThan(30_000);
    open = true;
    await database().update(runs).set({ parkedUntil: new Date(Date.now() - 10_000) }).where(eq(runs.id, run.id));
    expect(await endedRun(person, run)).toMatchObject({ status: 'succeeded', attempt: 2, claudeSessionId: run.claudeSessionId });
  });

  it('sends one run ahead: the others of the person stay where they are when the limit is still there', async () => {
    const { person, workspace } = await newcomer();
    let resetsAt = new Date(Date.now() + 3_600_000);
    let open = false;
    wire.refuse = () => (open ? null : limitReached(resetsAt));
    const batch = await Promise.all([1, 2, 3, 4].map((number) => start(person, workspace, `[[sim:text text="${number}"]]`)));
    for (const run of batch) expect((await parked(person, run)).status).toBe('parked');
    const seconds = Math.floor(resetsAt.getTime() / 1_000) * 1_000;
    for (const run of batch) expect((await runWhere(person, run, () => true)).parkedUntil?.getTime()).toBe(seconds);

    // The time has come, but the account is limited again, for longer.
    resetsAt = new Date(Date.now() + 7_200_000);
    wire.requests.length = 0;
    await database().update(runs).set({ parkedUntil: new Date(Date.now() - 10_000) }).where(eq(runs.startedById, person.userId));
    const later = Math.floor(resetsAt.getTime() / 1_000) * 1_000;
    for (const run of batch) await runWhere(person, run, ({ status, parkedUntil }) => status === 'parked' && parkedUntil?.getTime() === later);
    await sleep(1_500);
    const tried = await Promise.all(batch.map(async (run) => (await attemptsOf(run.id)).length));
    expect(tried.sort()).toEqual([1, 1, 1, 2]);
    expect(wire.requests).toHaveLength(1);

    open = true;
    await database().update(runAttempts).set({ startedAt: new Date(Date.now() - 120_000) });
    await database().update(runs).set({ parkedUntil: new Date(Date.now() - 10_000) }).where(eq(runs.startedById, person.userId));
    for (const run of batch) expect((await endedRun(person, run)).status).toBe('succeeded');
    const begun = (await Promise.all(batch.map((run) => attemptsOf(run.id)))).map((list) => list.at(-1)?.startedAt.getTime() ?? 0).sort((one, other) => one - other);
    expect(begun[3]! - begun[0]!).toBeGreaterThan(1_000);
  });

  it('does not keep its workspace awake, and has it started again when only idleness stopped it', async () => {
    const { person, workspace } = await bench.newcomerAlone(); // what ended in a workspace before counts as its use
    wire.refuse = () => limitReached(new Date(Date.now() + 3_600_000));
    const run = await start(person, workspace, 'Write a note.');
    await parked(person, run);
    wire.refuse = () => null;
    const due = () => database().update(runs).set({ parkedUntil: new Date(Date.now() - 10_000) }).where(eq(runs.id, run.id));

    await stopWorkspace(await requireWorkspaceAccess(person, workspace.id));
    await workspaceWhere(person, workspace, ({ status }) => status === 'stopped');
    await due();
    const told = await runWhere(person, run, ({ statusReason }) => statusReason?.startsWith('Its workspace') ?? false);
    expect(told).toMatchObject({ status: 'parked', statusReason: 'Its workspace does not run: it is stopped.', nextStep: 'Start the workspace, and the run goes on by itself.' });
    await sleep(1_000);
    expect((await workspaceWhere(person, workspace, () => true)).status).toBe('stopped');

    await going.stop();
    await startWorkspace(await requireWorkspaceAccess(person, workspace.id));
    await workspaceWhere(person, workspace, ({ status }) => status === 'running');
    const yesterday = new Date(Date.now() - 86_400_000);
    await database().update(workspaces).set({ idleStopMinutes: 15, lastUsedAt: yesterday, statusSince: yesterday }).where(eq(workspaces.id, workspace.id));
    expect(await stopIdleWorkspaces()).toEqual([]); // it was at work a moment ago
    await database().update(runs).set({ statusSince: yesterday }).where(eq(runs.id, run.id));
    expect(await stopIdleWorkspaces()).toEqual([workspace.id]);
    await workspaceWhere(person, workspace, ({ status }) => status === 'stopped');
    going = letGoOn();
    expect(await endedRun(person, run)).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect((await workspaceWhere(person, workspace, () => true)).status).toBe('running');
  });
});
