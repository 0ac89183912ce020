import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import { connectGitHubToken } from '@/server/connections/github/connect-github';
import { addPrivateDestination } from '@/server/egress/private-destinations';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { fakeRepository, type FakeRepository } from '@/tests/fakes/fake-github-repositories';
import { startGuardedGit, type GuardedGit } from '@/tests/setup/guarded-git';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace } from '@/tests/setup/wait-for-state';

/** A GitHub of our own: real git over HTTP that wants a sign-in, and an API beside it, with one person connected and one workspace. */
export interface PublishingBench {
  product: TestProduct;
  gitHub: FakeGitHub;
  git: GuardedGit;
  repository: FakeRepository;
  ada: Actor;
  workspaceId: string;
  containerId: string;
  /** Connects the person with a token of their own; git takes that one from then on. */
  connect: () => Promise<string>;
  /** A run to its end. */
  run: (prompt: string) => Promise<RunView>;
  access: (run: RunView) => Promise<RunAccess>;
  /** git in the bare repository of the server. */
  onServer: (...argv: string[]) => string;
  /** Somebody else commits this file to a branch of the server. */
  commitElsewhere: (branch: string, file: string, content: string) => void;
  inContainer: (...argv: string[]) => string;
  close: () => Promise<void>;
}

/** Everything is real but GitHub's API, and Claude, whom the simulator stands in for. */
export async function startPublishingBench(): Promise<PublishingBench> {
  const product = await startTestProduct();
  const [gitHub, git] = await Promise.all([startFakeGitHub(), startGuardedGit(product.gitUrl, product.gateway)]);
  changeEnvironment({ ANYON_GITHUB_URL: git.url, ANYON_GITHUB_API_URL: gitHub.apiUrl });
  const { hostname, port } = new URL(git.url);
  await addPrivateDestination(await product.addUser('admin', 'admin'), { host: hostname, port: Number(port) });
  product.addRepository('octo/plans', { 'README.md': '# Plans\n', '.gitignore': 'ignored/\n' });
  const bare = path.join(product.directory, 'git', 'octo', 'plans.git');
  const run = (cwd: string, argv: readonly string[]) => execFileSync('git', ['-c', 'safe.directory=*', '-c', 'user.name=Bob', '-c', 'user.email=bob@example.com', '-C', cwd, ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const onServer = (...argv: string[]) => run(bare, argv);
  const repository = fakeRepository('octo/plans', [gitHub.user.login], { tipOf: (branch) => onServer('rev-parse', `refs/heads/${branch}`) });
  Object.defineProperty(repository, 'branches', { get: () => onServer('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n') });
  gitHub.repositories = [repository];
  const ada = await product.addUser('ada');
  const connect = async () => {
    const { value } = gitHub.tokens.add(gitHub.user);
    await connectGitHubToken(ada, { token: value });
    git.accept(gitHub.user.login, value);
    return value;
  };
  await connect();
  const worker: TestWorker = await startTestWorker();
  const { id: workspaceId, container } = await runningWorkspace(ada, { repositoryUrl: `${git.url}/octo/plans.git`, limits: { memoryBytes: 768 * 1024 ** 2 } });
  if (container.id === null) throw new Error('The workspace has no container.');
  const containerId = container.id;
  const access = (one: RunView) => requireRunAccess(ada, one.id);
  return {
    product, gitHub, git, repository, ada, workspaceId, containerId, connect, access, onServer,
    run: async (prompt) => endedRun(ada, await startRun(await requireWorkspaceAccess(ada, workspaceId), { prompt })),
    commitElsewhere(branch, file, content) {
      const work = mkdtempSync(path.join(product.directory, 'elsewhere-'));
      run(product.directory, ['clone', '--quiet', '--branch', branch, bare, work]);
      writeFileSync(path.join(work, file), content);
      run(work, ['add', '--all']);
      run(work, ['commit', '--quiet', '--message', `Change ${file} elsewhere`]);
      run(work, ['push', '--quiet', 'origin', branch]);
      rmSync(work, { recursive: true });
    },
    inContainer: (...argv) => execFileSync('docker', ['exec', containerId, ...argv], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
    async close() {
      await worker.stop();
      await Promise.all([git.close(), gitHub.close()]);
      await product.close();
    },
  };
}
