import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { egressRefusals, runEvents, runs, taskAttempts, workspaces } from '@/db/schema';
import { raiseAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import { RefusalCounter } from '@/server/egress/refusal-counter';
import { requireRunAccess } from '@/server/runs/access';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { getRun } from '@/server/runs/run-queries';
import { promptForClaude } from '@/server/runs/run-prompt';
import { startRun } from '@/server/runs/start-run';
import { putSecret } from '@/server/secrets/vault';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { readSetupLog } from '@/server/workspaces/setup/setup-log';
import { everythingKept, unmaskedPlaces } from '@/tests/setup/kept-places';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, madeWorkspace } from '@/tests/setup/wait-for-state';

/** What goes in with a secret in it, by the real ways, and what of it is in any row or kept file afterwards: nothing (SEC-06). */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let repositoryUrl: string;
const own = `own-${randomBytes(18).toString('base64url')}`;
const token = `ghp_${randomBytes(18).toString('hex')}`;
const half = token.length / 2;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  await putSecret(database(), { ownerId: owner.userId, kind: 'custom', name: 'NPM_TOKEN' }, own);
  worker = await startTestWorker();
});

afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

async function create(setupScript?: string): Promise<WorkspaceView> {
  return madeWorkspace(owner, { repositoryUrl, setupScript, limits: { memoryBytes: 1024 ** 3 } });
}

async function runToEnd(workspaceId: string, prompt: string): Promise<RunView> {
  return endedRun(owner, await startRun(await requireWorkspaceAccess(owner, workspaceId), { prompt }));
}

const findings = async () => unmaskedPlaces([own, token], await everythingKept(product));

describe('SEC-06: no sink keeps a secret', () => {
  it('a prompt: Claude is told it as it is, the row holds it masked, and the sealed one goes with the end of the run', async () => {
    const workspace = await create();
    expect(workspace.statusReason).toBeNull();
    const prompt = `[[sim:write path=notes.txt content="${token} and ${own}"]]`;
    const access = await requireWorkspaceAccess(owner, workspace.id);
    const { id } = await startRun(access, { prompt });
    const [row] = await database().select().from(runs).where(eq(runs.id, id));
    expect(row?.prompt).toBe(prompt.replace(token, '*'.repeat(token.length)).replace(own, '*'.repeat(own.length)));
    if (row?.sealedPrompt) expect(promptForClaude(row)).toBe(prompt);
    const run = await runToEnd(workspace.id, prompt);
    expect(run.statusReason).toBeNull();
    // It wrote what it was told; the diff shows that something was there.
    const { patch } = await readRunDiff(await requireRunAccess(owner, run.id));
    expect(patch).toContain(`+${'*'.repeat(token.length)} and ${'*'.repeat(own.length)}`);
    const [over] = await database().select({ prompt: runs.prompt, sealedPrompt: runs.sealedPrompt }).from(runs).where(eq(runs.id, run.id));
    expect(over).toEqual({ prompt: row?.prompt, sealedPrompt: null });
    const plain = await runToEnd(workspace.id, 'Nothing to hide.');
    expect((await getRun(await requireRunAccess(owner, plain.id))).prompt).toBe('Nothing to hide.');
    const [untouched] = await database().select().from(runEvents).where(eq(runEvents.runId, plain.id)).limit(1);
    expect(untouched?.payload).toMatch(/"type":"system"/);
    expect(await findings()).toEqual([]);
  });

  it('output of a run, plain, encoded, coloured and wrapped', async () => {
    const workspace = await create();
    const say = [
      `printf '%s%s' ${token.slice(0, half)} ${token.slice(half)}`,
      `printf '\\\\033[31m%s\\\\033[0m%s' ${token.slice(0, half)} ${token.slice(half)}`,
      'cat \\"$ANYON_SECRETS_DIR/env/NPM_TOKEN\\"',
      'base64 -w 20 \\"$ANYON_SECRETS_DIR/env/NPM_TOKEN\\"',
      'od -An -tx1 -v \\"$ANYON_SECRETS_DIR/env/NPM_TOKEN\\" | tr -d \' \\\\n\'',
    ];
    for (const cmd of say) {
      const run = await runToEnd(workspace.id, `[[sim:bash cmd="${cmd}"]]`);
      expect([cmd, run.statusReason]).toEqual([cmd, null]);
      const log = readFileSync(path.join(product.directory, 'data/runs', run.id, 'out.log'), 'utf8');
      const [said] = log.split('\n').filter((line) => line.includes('"tool_result"'));
      expect(said).toMatch(/\*{12}/);
    }
    expect(await findings()).toEqual([]);
  });

  it('a set-up script that prints a token and fails: reason, error, steps, attempts and kept output', async () => {
    const workspace = await create(`printf 'it is %s%s\\n' ${token.slice(0, half)} ${token.slice(half)}\nexit 3`);
    expect(workspace.status).toBe('unhealthy');
    expect(workspace.statusReason).toMatch(/ended with exit code 3.*it is \*{40}/);
    expect(workspace.lastError?.message).toMatch(/it is \*{40}/);
    expect(workspace.steps.find(({ name }) => name === 'setup')?.message).toMatch(/it is \*{40}/);
    const attempts = await database().select({ message: taskAttempts.message }).from(taskAttempts);
    expect(attempts.some(({ message }) => message?.includes('it is ****'))).toBe(true);
    expect((await readSetupLog(await requireWorkspaceAccess(owner, workspace.id)))?.text).toBe(`it is ${'*'.repeat(40)}\n`);
    expect(await findings()).toEqual([]);
  });

  it('the name of a host that a container asks for, and what an alert says', async () => {
    const [workspace] = await database().select({ id: workspaces.id }).from(workspaces).limit(1);
    const counter = new RefusalCounter(database());
    counter.add(workspace?.id ?? '', { host: `${token}.example.com`, port: 443 }, `refused: ${token}`);
    await counter.flush();
    expect(await database().select({ host: egressRefusals.host, reason: egressRefusals.reason }).from(egressRefusals)).toEqual([{ host: `${'*'.repeat(40)}.example.com`, reason: `refused: ${'*'.repeat(40)}` }]);
    await raiseAlert(database(), { kind: 'run_failed', severity: 'info', key: 'masking', userId: owner.userId, title: `It said ${token}`, body: `sk-ant-api03-${'x'.repeat(20)}`, link: null });
    expect(await findings()).toEqual([]);
  });

  it('would find one', async () => {
    await database().update(workspaces).set({ branch: Buffer.from(`x${own}`).toString('base64') });
    expect(await findings()).toEqual(['public.workspaces']);
  });
});
