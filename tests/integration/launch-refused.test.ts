import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import { containerEngine } from '@/server/containers/container-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';
import { requireRunAccess } from '@/server/runs/access';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace } from '@/tests/setup/wait-for-state';

/**
 * A run is admitted, and then its container ends before Claude Code is in it: by a stop, an archive, the kernel. The engine is the
 * real one; at each command of a launch it does what a test asks for first, or instead.
 */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let repositoryUrl: string;
let atLaunch: ((command: () => Promise<unknown>) => Promise<unknown>) | null = null;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  repositoryUrl = product.addRepository('one', { 'README.md': '# One\n' });
  worker = await startTestWorker({ engine: reachedInto(containerEngine()) });
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

/** Without attendants, so that each step of a launch is a command of its own. */
function reachedInto(engine: ContainerEngine): ContainerEngine {
  return new Proxy(engine, {
    get(target, name: keyof ContainerEngine) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => {
        if (name === 'attend') return Promise.reject(new AnyonError('unavailable', 'Nobody attends here.'));
        const command = () => method.apply(target, args);
        return name === 'exec' && atLaunch ? atLaunch(command) : command();
      };
    },
  });
}

const docker = (...args: string[]) => execFileSync('docker', args, { stdio: 'ignore' });

async function endOfOne(meanwhile: (container: string, command: () => Promise<unknown>, run: Promise<RunView>) => Promise<unknown>): Promise<RunView> {
  const workspace = await runningWorkspace(owner, { repositoryUrl, limits: { memoryBytes: 1024 ** 3 } });
  const access = await requireWorkspaceAccess(owner, workspace.id);
  const { promise: run, resolve } = Promise.withResolvers<RunView>();
  atLaunch = (command) => meanwhile(workspace.container.id ?? '', command, run);
  try {
    resolve(await startRun(access, { prompt: '[[sim:text text="hello"]]' }));
    return await endedRun(owner, await run);
  } finally {
    atLaunch = null;
    await deleteWorkspace(access);
  }
}

const interrupted = { status: 'interrupted', statusReason: "The workspace's container stopped before Claude Code was started. Start the workspace, then start the run again." };

describe('a run whose container ends while it is launched', () => {
  it('is interrupted by that, as a live one is, and has not failed', async () => {
    const run = await endOfOne(async (container, command) => {
      docker('kill', container);
      return command();
    });
    expect(run).toMatchObject(interrupted);
  });

  it('is interrupted also when the container is gone altogether', async () => {
    const run = await endOfOne(async (container, command) => {
      docker('rm', '--force', container);
      return command();
    });
    expect(run).toMatchObject(interrupted);
  });

  it('is interrupted also when the container runs again before anybody asks', async () => {
    const run = await endOfOne(async (container, command) => {
      docker('kill', container);
      try {
        return await command();
      } finally {
        docker('start', container);
      }
    });
    expect(run).toMatchObject(interrupted);
  });

  it('is interrupted also when its command is killed a moment before the container is seen to have ended', async () => {
    const run = await endOfOne(async (container) => {
      setTimeout(() => docker('kill', container), 500);
      return { exitCode: 137, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    });
    expect(run).toMatchObject(interrupted);
  });

  it('is stopped when that had been asked for meanwhile', async () => {
    const run = await endOfOne(async (container, command, run) => {
      docker('kill', container);
      try {
        return await command();
      } finally {
        await stopRun(await requireRunAccess(owner, (await run).id));
      }
    });
    expect(run).toMatchObject({ status: 'stopped', statusReason: 'Stopped by owner before Claude Code was started.' });
  });

  it('has failed when the engine refuses for another reason, in its words', async () => {
    const run = await endOfOne(() => Promise.reject(new AnyonError('internal', 'The engine has had enough.')));
    expect(run).toMatchObject({ status: 'failed', statusReason: 'The engine has had enough.' });
  });
});
