import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import { alerts } from '@/db/schema';
import { checkGitHub } from '@/server/connections/github/check-github';
import { connectGitHubToken } from '@/server/connections/github/connect-github';
import { database } from '@/server/database';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { goOnWithParkedRuns } from '@/server/runs/go-on';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { madeWorkspace, runningWorkspace } from '@/tests/setup/wait-for-state';

/** A run whose repository is on a GitHub that refuses its person's token waits for another sign-in; git and engine are real. */
let product: TestProduct;
let worker: TestWorker;
let github: FakeGitHub;
let ada: Actor;
let workspaceId: string;

beforeAll(async () => {
  product = await startTestProduct();
  github = await startFakeGitHub();
  changeEnvironment({ ANYON_GITHUB_URL: product.gitUrl, ANYON_GITHUB_API_URL: github.apiUrl });
  product.addRepository('private-plans', { 'README.md': '# Plans\n' });
  worker = await startTestWorker();
  ada = await product.addUser('ada');
  await connectGitHubToken(ada, { token: github.tokens.add(github.user).value });
  ({ id: workspaceId } = await runningWorkspace(ada, { repositoryUrl: `${product.gitUrl}/private-plans.git`, limits: { memoryBytes: 1024 ** 3 } }));
});

afterAll(async () => {
  await worker?.stop();
  await github?.close();
  await product?.close();
});

const start = async () => startRun(await requireWorkspaceAccess(ada, workspaceId), { prompt: '[[sim:text text="done"]]' });
const openAlerts = async () => (await database().select().from(alerts).where(eq(alerts.userId, ada.userId))).filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);

async function drivenUntil(id: string, so: (run: RunView) => boolean): Promise<RunView> {
  for (;;) {
    const run = await getRun(await requireRunAccess(ada, id));
    if (so(run) || isFinal(run.status)) return run;
    await goOnWithParkedRuns();
    await sleep(100);
  }
}

/** GitHub does not know the token any more, and has been asked. */
async function revokeToken(): Promise<void> {
  for (const token of github.tokens.all()) token.revoked = true;
  await checkGitHub(ada);
}

describe('a run in a repository of a GitHub that refuses the token', () => {
  it('runs while the token works', async () => {
    expect(await drivenUntil((await start()).id, () => false)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('waits before it begins, says why, and goes on by itself when GitHub is connected again', async () => {
    await revokeToken();
    const run = await start();
    const waiting = await drivenUntil(run.id, ({ status }) => status === 'parked');
    expect(waiting).toMatchObject({ status: 'parked', parkedFor: 'github_sign_in', parkedUntil: null, attempt: 1, outBytes: 0, nextStep: 'Sign in to GitHub again under Settings → Connections; it goes on by itself then.' });
    expect(waiting.statusReason).toContain('The run has not begun');
    expect(existsSync(path.join(workspaceExchangeDir(workspaceId), run.id))).toBe(false);
    expect(await openAlerts()).toEqual(['github_sign_in_failed']);
    for (let looks = 0; looks < 5; looks++) await goOnWithParkedRuns();
    expect((await getRun(await requireRunAccess(ada, run.id))).status).toBe('parked');

    await connectGitHubToken(ada, { token: github.tokens.add(github.user).value });
    expect(await drivenUntil(run.id, () => false)).toMatchObject({ status: 'succeeded', attempt: 2, parkedFor: null, prompt: '[[sim:text text="done"]]' });
    expect(await openAlerts()).toEqual([]);
  });

  it('can be stopped while it waits', async () => {
    await revokeToken();
    const run = await start();
    expect((await drivenUntil(run.id, ({ status }) => status === 'parked')).status).toBe('parked');
    await stopRun(await requireRunAccess(ada, run.id));
    expect(await drivenUntil(run.id, () => false)).toMatchObject({ status: 'stopped' });
  });

  it('is kept waiting by no token of another host', async () => {
    product.addRepository('elsewhere', { 'README.md': '# Elsewhere\n' });
    changeEnvironment({ ANYON_GITHUB_URL: github.url });
    const bob = await product.addUser('bob');
    const token = github.tokens.add(github.user);
    await connectGitHubToken(bob, { token: token.value });
    token.revoked = true;
    await checkGitHub(bob);
    const { id } = await madeWorkspace(bob, { repositoryUrl: `${product.gitUrl}/elsewhere.git`, limits: { memoryBytes: 1024 ** 3 } });
    const run = await startRun(await requireWorkspaceAccess(bob, id), { prompt: '[[sim:text text="done"]]' });
    for (;;) {
      const now = await getRun(await requireRunAccess(bob, run.id));
      expect(now.status).not.toBe('parked');
      if (isFinal(now.status)) return expect(now.status).toBe('succeeded');
      await sleep(100);
    }
  });
});
