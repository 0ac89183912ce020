import { setTimeout as sleep } from 'node:timers/promises';
import { BENCH_LIMITS, type WorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';

export interface CreatedWorkspaces {
  ids: string[];
  /** When the first of the calls was made, by the clock. */
  askedAt: number;
  /** How long each call took to answer. */
  answeredMs: number[];
  /** When the last of them was ready: cloned, set up, seen to be isolated. */
  readyAt: number;
  /** Those that came to anything but a workspace that runs. */
  errors: number;
}

/** Asks for `count` workspaces at once and follows them as a page does, one list a look, until each has come to its end. */
export async function createWorkspaces({ client, repositoryUrl }: WorkspaceBench, count: number, prefix: string): Promise<CreatedWorkspaces> {
  const askedAt = Date.now();
  const answeredMs: number[] = [];
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const called = performance.now();
      const { id } = await client.workspaces.create.mutate({ repositoryUrl, name: `${prefix} ${index}`, limits: BENCH_LIMITS });
      answeredMs.push(performance.now() - called);
      return id;
    }),
  );
  const wanted = new Set(ids);
  for (;;) {
    const views = (await client.workspaces.list.query()).filter((view) => wanted.has(view.id));
    if (views.every((view) => view.status !== 'creating')) {
      const whole = await Promise.all(ids.map((workspaceId) => client.workspaces.byId.query({ workspaceId })));
      const readyAt = Math.max(...whole.map((view) => view.steps.find((step) => step.name === 'ready')?.endedAt?.getTime() ?? Number.NaN));
      return { ids, askedAt, answeredMs, readyAt, errors: views.filter((view) => view.status !== 'running').length };
    }
    await sleep(count === 1 ? 50 : 500);
  }
}

/** Deletes them and returns when they are gone. */
export async function removeWorkspaces({ client }: WorkspaceBench, ids: readonly string[]): Promise<void> {
  const left = new Set(ids);
  await Promise.all(ids.map((workspaceId) => client.workspaces.delete.mutate({ workspaceId })));
  while ((await client.workspaces.list.query()).some((view) => left.has(view.id))) await sleep(300);
}
