import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { boardInput, type BoardCard, type BoardColumn } from '@/contract/board';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { requireRunAccess } from '@/server/runs/access';
import { readBoard } from '@/server/runs/board';
import { dismissRun } from '@/server/runs/dismiss-run';
import type { RunRow } from '@/server/runs/run-status';
import { maskTokens } from '@/server/secrets/masked-text';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** Which run stands where on the board, on the real database. */
let product: TestProduct;
let owner: Actor;
let other: Actor;
let admin: Actor;
let workspaceId: string;
let next = 2;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  other = await product.addUser('other');
  admin = await product.addUser('admin', 'admin');
  ({ workspaceId } = await workspaceWithRun(database(), owner));
  await workspaceWithRun(database(), other);
});
beforeEach(() => database().delete(runs));
afterAll(() => product?.close());

async function addRun(set: Partial<RunRow> & Pick<RunRow, 'status'>): Promise<string> {
  const id = uuidv7();
  const row = { id, workspaceId, startedById: owner.userId, number: next++, prompt: maskTokens('\n  Mend the fence \nand paint it'), simulated: true, branch: `anyon/run-${next}`, claudeSessionId: randomUUID() };
  await database().insert(runs).values({ ...row, ...set });
  return id;
}

const board = (actor: Actor, input: object = {}): Promise<BoardCard[]> => readBoard(actor, boardInput.parse(input));
const columnOf = async (id: string): Promise<BoardColumn | undefined> => (await board(owner)).find(({ runId }) => runId === id)?.column;
const now = () => new Date();

describe('the board', () => {
  it.each<[BoardColumn, Partial<RunRow> & Pick<RunRow, 'status'>]>([
    ['waiting', { status: 'queued' }],
    ['waiting', { status: 'parked', parkedFor: 'usage_limit', parkedUntil: new Date(Date.now() + 60_000) }],
    ['working', { status: 'starting' }],
    ['working', { status: 'running' }],
    ['working', { status: 'stopping' }],
    ['needs_you', { status: 'needs_you' }],
    ['needs_you', { status: 'parked', parkedFor: 'claude_sign_in' }],
    ['needs_you', { status: 'parked', parkedFor: 'github_sign_in' }],
    ['needs_you', { status: 'failed', finishedAt: now() }],
    ['needs_you', { status: 'interrupted', finishedAt: now() }],
    ['needs_you', { status: 'lost', finishedAt: now() }],
    ['done', { status: 'failed', finishedAt: new Date(Date.now() - 4 * 86_400_000) }],
    ['done', { status: 'succeeded', finishedAt: now() }],
    ['done', { status: 'stopped', finishedAt: now() }],
  ])('N13 has in %s: %j', async (column, set) => {
    expect(await columnOf(await addRun(set))).toBe(column);
  });

  it('lets go of a bad end when its conversation goes on, when it is tried again, and when it is dismissed', async () => {
    const failed = { status: 'failed', finishedAt: now() } as const;
    const session = randomUUID();
    const followed = await addRun({ ...failed, claudeSessionId: session });
    const retried = await addRun(failed);
    const dismissed = await addRun(failed);
    expect([await columnOf(followed), await columnOf(retried), await columnOf(dismissed)]).toEqual(['needs_you', 'needs_you', 'needs_you']);
    await addRun({ status: 'running', claudeSessionId: session, resumesRunId: followed });
    await addRun({ status: 'running', retriesRunId: retried });
    await dismissRun(await requireRunAccess(owner, dismissed));
    await dismissRun(await requireRunAccess(owner, dismissed));
    expect([await columnOf(followed), await columnOf(retried), await columnOf(dismissed)]).toEqual(['done', 'done', 'done']);
  });

  it('dismisses nothing that is on', async () => {
    await expect(dismissRun(await requireRunAccess(owner, await addRun({ status: 'running' })))).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('has the first line that says something as the title, however much stands before and behind it', async () => {
    const id = await addRun({ status: 'running', prompt: maskTokens(`${'\n \t\r\n'.repeat(2_000)}  Mend 🙂 the fence${'.'.repeat(250_000)}\nand paint it`) });
    const title = (await board(owner)).find(({ runId }) => runId === id)?.title;
    expect(title).toBe(`Mend 🙂 the fence${'.'.repeat(300 - 'Mend 🙂 the fence'.length)}`);
    const blank = await addRun({ status: 'running', prompt: maskTokens(' \n ') });
    expect((await board(owner)).find(({ runId }) => runId === blank)?.title).toBe('');
  });

  it('says what a card needs: title, figures, words, next step', async () => {
    const changedFiles = [
      { path: 'a', status: 'M', additions: 3, deletions: 1 },
      { path: 'b', status: 'A', additions: null, deletions: null },
    ];
    const id = await addRun({ status: 'succeeded', finishedAt: now(), changedFiles, costUsd: 0.25, lastSaid: maskTokens('It stands.') });
    expect((await board(owner)).find(({ runId }) => runId === id)).toMatchObject({ title: 'Mend the fence', files: 2, additions: 3, deletions: 1, costUsd: 0.25, lastSaid: 'It stands.', nextStep: null, owner: { login: 'owner' }, workspaceName: 'Someone’s own' });
  });

  it('shows each their own; admins all, when they ask for it', async () => {
    await addRun({ status: 'running' });
    expect(await board(other)).toEqual([]);
    expect(await board(other, { of: 'all' })).toEqual([]);
    expect(await board(admin)).toEqual([]);
    expect(await board(admin, { of: 'all' })).toHaveLength(1);
  });

  it('shows as many of the done as were asked for, newest first, and never less of what is on', async () => {
    for (let minute = 0; minute < 4; minute += 1) await addRun({ status: 'succeeded', finishedAt: new Date(Date.now() - minute * 60_000) });
    await addRun({ status: 'running' });
    const cards = await board(owner, { doneLimit: 2 });
    expect(cards.map(({ column }) => column)).toEqual(['working', 'done', 'done']);
    const [, first, second] = cards;
    expect(first!.finishedAt!.getTime()).toBeGreaterThan(second!.finishedAt!.getTime());
  });
});
