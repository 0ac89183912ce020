import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { requireRunAccess } from '@/server/runs/access';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { readReviewFile } from '@/server/runs/review/review-file';
import { revertFile } from '@/server/runs/review/revert-file';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { restartWorkspace } from '@/server/workspaces/restart-workspace';
import { openTerminal } from '@/server/workspaces/terminals/open-terminal';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, workspaceWhere } from '@/tests/setup/wait-for-state';

const run = promisify(execFile);
const image = `anyon-test-older:${randomBytes(4).toString('hex')}`;
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let workspace: WorkspaceView;
let done: RunView;

/** The product's image as it was before the wrapper knew these verbs and before there were terminals. */
async function buildOlderImage(): Promise<void> {
  const context = await mkdtemp(path.join(os.tmpdir(), 'anyon-older-'));
  const verbs = ['file', 'revert', "'publish-state'", 'commit', 'push', 'fetch', 'rebase', 'diff'].join('\\|');
  await writeFile(path.join(context, 'Dockerfile'), `FROM anyon-claude:latest\nUSER root\nRUN sed -i "/^ *\\(${verbs}\\) *=> \\[/d" "$(command -v anyon-run)" && rm "$(command -v anyon-terminal)"\nUSER anyon\n`);
  await run('docker', ['build', '--quiet', '--force-rm', '--tag', image, context], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  await rm(context, { recursive: true });
}

beforeAll(async () => {
  await buildOlderImage();
  product = await startTestProduct({ image });
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  workspace = await runningWorkspace(owner, { repositoryUrl: product.addRepository('hello', { 'README.md': '# Hello\n' }) });
  done = await endedRun(owner, await startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt: '[[sim:write path=kept.txt content="kept"]] [[sim:text text="done"]]' }));
  expect([done.status, done.statusReason]).toEqual(['succeeded', null]);
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
  await run('docker', ['rmi', '--force', image]);
});

it('what the container of an older image does not know is said in words that help, and a restart brings it', async () => {
  const access = () => requireRunAccess(owner, done.id);
  const file = { fileId: 'a'.repeat(40), against: 'run' } as const;
  const attempts: [string, () => Promise<unknown>][] = [
    ['Publishing', async () => publishStateOf(await access())],
    ['Loading a file', async () => readReviewFile(await access(), { ...file, what: 'patch' })],
    ['Putting the file back', async () => revertFile(await access(), file)],
    ['A terminal', async () => openTerminal(await requireWorkspaceAccess(owner, workspace.id), { columns: 80, rows: 24 })],
  ];
  for (const [what, attempt] of attempts) {
    await expect(attempt(), what).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(new RegExp(`^${what} needs something that is not there: this workspace was made with an older image\\. Restart it`)) as string });
  }
  // Nothing of what failed holds the files: a restore is not under way any more.
  await expect(revertFile(await access(), file)).rejects.toMatchObject({ kind: 'precondition' });

  await run('docker', ['tag', 'anyon-claude:latest', image]); // what `npm run images` does
  await restartWorkspace(await requireWorkspaceAccess(owner, workspace.id));
  const restarted = await workspaceWhere(owner, workspace, ({ status, container }) => status === 'running' && container.id !== workspace.container.id);
  expect(restarted.statusReason).toBeNull();
  expect(await publishStateOf(await access())).toMatchObject({ uncommittedFiles: 1, closedBecause: null });
  await openTerminal(await requireWorkspaceAccess(owner, workspace.id), { columns: 80, rows: 24 });

  // From the same image it is the same container that starts again.
  await restartWorkspace(await requireWorkspaceAccess(owner, workspace.id));
  const again = await workspaceWhere(owner, workspace, ({ status, container }) => status === 'running' && container.startedAt?.getTime() !== restarted.container.startedAt?.getTime());
  expect(again.container.id).toBe(restarted.container.id);
});
