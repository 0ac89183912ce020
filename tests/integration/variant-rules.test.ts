import { randomUUID } from 'node:crypto';
import { and, eq, gte, inArray, like } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { boardInput } from '@/contract/board';
import type { VariantGroup } from '@/contract/variant';
import { auditEvents, runs, runVariants, variantGroups, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { readBoard } from '@/server/runs/board';
import { listRuns } from '@/server/runs/run-queries';
import type { RunRow } from '@/server/runs/run-status';
import { requireVariantAccess } from '@/server/runs/variants/access';
import { checkAgain } from '@/server/runs/variants/check-again';
import { openChecks, reopenChecks } from '@/server/runs/variants/check/due-checks';
import { chooseVariant, restoreVariant, unchooseVariant } from '@/server/runs/variants/choose-variant';
import { dueMoves } from '@/server/runs/variants/due-moves';
import { lastCheck, readVariants } from '@/server/runs/variants/read-variants';
import { startVariants } from '@/server/runs/variants/start-variants';
import { plainWords } from '@/server/secrets/masked-text';
import { putSecret } from '@/server/secrets/vault';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { idleStopAt } from '@/server/workspaces/idle-stop';
import { assertOpenVariant } from '@/server/workspaces/open-variant';
import { takeWorktree } from '@/server/workspaces/worktree-lease';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** What holds of variants in the rows, on the real database: nothing of it needs a container. */
let product: TestProduct;
let owner: Actor;
let stranger: Actor;
let admin: Actor;
let workspaceId: string;
let begun: Date;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  stranger = await product.addUser('stranger');
  admin = await product.addUser('admin', 'admin');
  ({ workspaceId } = await workspaceWithRun(database(), owner, 'running'));
});
beforeEach(async () => {
  await database().delete(variantGroups);
  await database().delete(runs);
  begun = new Date();
  await database().update(workspaces).set({ status: 'running', desired: 'running', containerId: 'made-up' }).where(eq(workspaces.id, workspaceId));
});
afterAll(() => product?.close());

const input = { prompt: 'Mend the fence\nwith wood', models: [null, 'opus', null], checkMinutes: 10 };
const start = async (further: Partial<Parameters<typeof startVariants>[1]> = {}) => startVariants(await requireWorkspaceAccess(owner, workspaceId), { ...input, ...further });
const access = (group: VariantGroup) => requireVariantAccess(owner, group.id);
const setRuns = (ids: readonly string[], set: Partial<RunRow>) => database().update(runs).set(set).where(inArray(runs.id, [...ids]));
const ids = (group: VariantGroup) => group.variants.map(({ runId }) => runId);
const ended = { status: 'succeeded', finishedAt: new Date() } as const;

async function startEnded(further: Parameters<typeof start>[0] = {}): Promise<VariantGroup> {
  const group = await start(further);
  await setRuns(ids(group), ended);
  return group;
}

/** Of this test, in their order: the log keeps those of all. */
const decisions = () => database().select().from(auditEvents).where(and(gte(auditEvents.at, begun), like(auditEvents.action, 'variant_%'))).orderBy(auditEvents.id);
/** As a worker would, once the files of these are away. */
const moveAway = (runIds: readonly string[]) => database().update(runVariants).set({ worktree: 'away', keptCommit: 'a'.repeat(40) }).where(inArray(runVariants.runId, [...runIds]));

describe('starting variants', () => {
  it('writes one run for each, with its model, branch and session, and the group', async () => {
    const group = await start({ checkCommand: 'npm test', checkMinutes: 3 });
    expect(group).toMatchObject({ prompt: input.prompt, createdBy: 'owner', checkCommand: 'npm test', checkMinutes: 3, chosen: null, variants: [{ position: 1, model: null }, { position: 2, model: 'opus' }, { position: 3, model: null }] });
    const rows = await database().select().from(runs);
    expect(new Set(rows.map(({ branch }) => branch)).size).toBe(3);
    expect(new Set(rows.map(({ claudeSessionId }) => claudeSessionId)).size).toBe(3);
    expect(await lastCheck(await requireWorkspaceAccess(owner, workspaceId))).toEqual({ checkCommand: 'npm test', checkMinutes: 3 });
    await start();
    expect(await lastCheck(await requireWorkspaceAccess(owner, workspaceId))).toEqual({ checkCommand: 'npm test', checkMinutes: 3 });
  });

  it('writes all or none: not in a workspace that is being stopped, nor in one that does not run', async () => {
    const found = await requireWorkspaceAccess(owner, workspaceId);
    await database().update(workspaces).set({ desired: 'stopped' }).where(eq(workspaces.id, workspaceId));
    await expect(startVariants(found, input)).rejects.toMatchObject({ kind: 'precondition' });
    await database().update(workspaces).set({ status: 'stopped' }).where(eq(workspaces.id, workspaceId));
    await expect(start()).rejects.toMatchObject({ kind: 'precondition' });
    expect([await database().select().from(runs), await database().select().from(variantGroups)]).toEqual([[], []]);
  });

  it('keeps no secret in a check, and masks it in the prompt of each', async () => {
    const secret = `hush-${randomUUID()}`;
    await putSecret(database(), { ownerId: owner.userId, kind: 'custom', name: `HUSH_${Date.now()}` }, secret);
    await expect(start({ checkCommand: `curl -H ${secret}` })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('secret') });
    const group = await start({ prompt: `Use ${secret}` });
    expect(group.prompt).not.toContain(secret);
    for (const { prompt, sealedPrompt } of await database().select().from(runs)) {
      expect(prompt).not.toContain(secret);
      expect(sealedPrompt).not.toBeNull();
    }
  });

  it('is nobody else’s business, but the admins’', async () => {
    const group = await start();
    await expect(requireVariantAccess(stranger, group.id)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(requireVariantAccess(owner, randomUUID())).rejects.toMatchObject({ kind: 'not_found' });
    expect((await requireVariantAccess(admin, group.id)).group.id).toBe(group.id);
  });
});

describe('comparing', () => {
  it('adds up what a conversation has cost, and shows its newest run', async () => {
    const group = await start();
    const [first = ''] = ids(group);
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
    await setRuns([first], { ...ended, startedAt: at(0), finishedAt: at(2), costUsd: 0.5, inputTokens: 10, outputTokens: 1, turns: 2, resultText: null, lastSaid: null });
    const [row] = await database().select().from(runs).where(eq(runs.id, first));
    await database().insert(runs).values({ ...row!, id: uuidv7(), number: 90, resumesRunId: first, status: 'running', startedAt: at(5), finishedAt: null, costUsd: 0.25, inputTokens: 5, turns: null });
    const [view] = (await readVariants(await access(group))).variants;
    expect(view).toMatchObject({ runs: 2, newest: { number: 90, status: 'running' }, workedMs: 120_000, workingSince: at(5), usage: { costUsd: 0.75, inputTokens: 15, outputTokens: 2, turns: 2 }, changes: null, check: null });
  });
});

describe('choosing', () => {
  it('is for a variant that has ended, stops the others and puts them out of the way, once', async () => {
    const group = await start();
    const [first = '', second = '', third = ''] = ids(group);
    await expect(chooseVariant(await access(group), second)).rejects.toMatchObject({ kind: 'conflict', message: 'Variant 2 is still at work. Wait for its end, or stop it, then choose it.' });
    await expect(chooseVariant(await access(group), randomUUID())).rejects.toMatchObject({ kind: 'not_found' });
    await setRuns([second], ended);
    await setRuns([third], { status: 'running', startedAt: new Date() });
    const [chosen] = await Promise.all([1, 2, 3].map(async () => chooseVariant(await access(group), second)));
    expect(chosen).toMatchObject({ chosen: { runId: second, by: 'owner' }, variants: [{ newest: { status: 'stopped' } }, { archivedAt: null }, { newest: { status: 'stopping' } }] });
    expect(chosen!.variants.map(({ archivedAt }) => archivedAt !== null)).toEqual([true, false, true]);
    expect((await decisions()).map(({ action, actorLogin, subject }) => [action, actorLogin, subject])).toEqual([['variant_chosen', 'owner', 'Someone’s own: variant 2 of 3']]);

    const cards = async (archived: boolean) => (await readBoard(owner, boardInput.parse({ archived }))).map(({ runId }) => runId).toSorted();
    expect(await cards(false)).toEqual([second, third].toSorted()); // the third is shown until it has ended
    expect(await cards(true)).toEqual([first, second, third].toSorted());
    await setRuns([third], { status: 'failed', finishedAt: new Date() });
    expect(await cards(false)).toEqual([second]);
    const listed = async (archived: boolean) => (await listRuns(await requireWorkspaceAccess(owner, workspaceId), { limit: 10, archived })).map(({ id, variant }) => [id, variant?.isChosen, variant?.isArchived]);
    expect(await listed(false)).toEqual([[second, true, false]]);
    expect(await listed(true)).toEqual([[third, false, true], [second, true, false], [first, false, true]]);
  });

  it('can be changed, taken back and partly undone, and says so in the audit log', async () => {
    const group = await startEnded();
    const [first = '', second = '', third = ''] = ids(group);
    await chooseVariant(await access(group), first);
    await moveAway([second, third]);
    const changed = await chooseVariant(await access(group), second);
    expect(changed.variants.map(({ archivedAt, worktree }) => [archivedAt !== null, worktree])).toEqual([[true, 'there'], [false, 'away'], [true, 'away']]);
    const restored = await restoreVariant(await access(group), third);
    expect(restored.variants.map(({ archivedAt }) => archivedAt !== null)).toEqual([true, false, false]);
    await chooseVariant(await access(group), second);
    expect((await readVariants(await access(group))).variants.map(({ archivedAt }) => archivedAt !== null)).toEqual([true, false, true]);
    await unchooseVariant(await access(group));
    const open = await unchooseVariant(await access(group));
    expect([open.chosen, ...open.variants.map(({ archivedAt }) => archivedAt)]).toEqual([null, null, null, null]);
    expect((await decisions()).map(({ action }) => action)).toEqual(['variant_chosen', 'variant_chosen', 'variant_restored', 'variant_choice_undone']);
  });

  it('is news for the page of every run of every variant', async () => {
    const group = await startEnded();
    const [first = ''] = ids(group);
    const [row] = await database().select().from(runs).where(eq(runs.id, first));
    await database().insert(runs).values({ ...row!, id: uuidv7(), number: 92, resumesRunId: first });
    const numbers = async () => new Map((await database().select({ id: runs.id, seq: runs.changeSeq }).from(runs)).map(({ id, seq }) => [id, seq]));
    const before = await numbers();
    expect(before.size).toBe(4);
    await chooseVariant(await access(group), first);
    for (const [id, seq] of await numbers()) expect(seq, id).toBeGreaterThan(before.get(id)!);
  });

  it('lets nobody go on with what is archived, or whose files are not back', async () => {
    const group = await startEnded();
    const [first = '', second = ''] = ids(group);
    const [row] = await database().select().from(runs).where(eq(runs.id, second));
    const assertOpen = () => database().transaction((tx) => assertOpenVariant(tx, row!));
    await assertOpen();
    await chooseVariant(await access(group), first);
    await expect(assertOpen()).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('archived') });
    await expect(takeWorktree({ workspaceId, firstRunId: second, runId: second, userId: owner.userId }, 'restore')).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('archived') });
    await moveAway([second]);
    await restoreVariant(await access(group), second);
    await expect(assertOpen()).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('being brought back') });
    await database().update(runVariants).set({ worktree: 'there' }).where(eq(runVariants.runId, second));
    await assertOpen();
  });
});

describe('what the worker is to do', () => {
  it('moves worktrees where the workspace runs and nobody works in them, and not again where it could not be done', async () => {
    const group = await startEnded();
    const [first = '', second = '', third = ''] = ids(group);
    const due = async () => (await dueMoves()).map(({ variant }) => variant.runId);
    expect(await due()).toEqual([]);
    await chooseVariant(await access(group), first);
    expect((await due()).toSorted()).toEqual([second, third].toSorted());
    await setRuns([second], { status: 'stopping' });
    await database().update(runVariants).set({ checkState: 'running' }).where(eq(runVariants.runId, third));
    expect(await due()).toEqual([]);
    await setRuns([second], { status: 'stopped' });
    await database().update(workspaces).set({ status: 'stopped' }).where(eq(workspaces.id, workspaceId));
    expect(await due()).toEqual([]);
    await database().update(workspaces).set({ status: 'running' }).where(eq(workspaces.id, workspaceId));
    expect(await due()).toEqual([second]);
    await database().update(runVariants).set({ worktreeProblem: plainWords('There are repositories inside of it.') }).where(eq(runVariants.runId, second));
    expect(await due()).toEqual([]);
    await moveAway([second]);
    await restoreVariant(await access(group), second);
    expect(await due()).toEqual([second]);
  });

  it('checks again what has gone on since, and only that', async () => {
    const group = await startEnded({ checkCommand: 'npm test' });
    const [first = '', second = ''] = ids(group);
    const state = async () => (await readVariants(await access(group))).variants.map(({ check }) => check?.state);
    for (const runId of [first, second]) await database().update(runVariants).set({ checkState: 'passed', checkRunId: runId }).where(eq(runVariants.runId, runId));
    const [row] = await database().select().from(runs).where(eq(runs.id, first));
    await database().insert(runs).values({ ...row!, id: uuidv7(), number: 91, resumesRunId: first, status: 'queued', finishedAt: null });
    await reopenChecks();
    expect(await state()).toEqual(['waiting', 'passed', 'waiting']);
    expect((await openChecks()).map(({ variant, newest }) => [variant.position, newest.number === 91])).toEqual([[3, false], [1, true]]);
    await expect(checkAgain(await access(group), first)).rejects.toMatchObject({ kind: 'conflict' });
    await checkAgain(await access(group), second);
    expect(await state()).toEqual(['waiting', 'waiting', 'waiting']);
  });

  it('leaves a workspace on in which a check runs', async () => {
    const group = await startEnded({ checkCommand: 'npm test' });
    await database().update(workspaces).set({ idleStopMinutes: 5 }).where(eq(workspaces.id, workspaceId));
    const when = async () => (await database().select({ at: idleStopAt }).from(workspaces).where(eq(workspaces.id, workspaceId)))[0]?.at ?? null;
    expect(await when()).not.toBeNull();
    await database().update(runVariants).set({ checkState: 'running' }).where(eq(runVariants.groupId, group.id));
    expect(await when()).toBeNull();
  });
});
