import { setTimeout as sleep } from 'node:timers/promises';
import { env } from '@/server/env';

/**
 * The steps of a workspace's life between which a crash must do no harm. Each name is a moment just after the step; the
 * tests in tests/faults/every-step walk this list and kill the worker at each, so a new step without a name here is one
 * that nobody has killed. A build for production contains none of this (scripts/setup/build-product.mjs).
 */
export const failpoints = [
  'task.attempt-written',
  'task.work-done',
  'task.settled',
  'start.image-found',
  'start.directories-made',
  'start.network-made',
  'start.container-created',
  'start.container-started',
  'start.isolation-proved',
  'start.clone-launched',
  'start.cloned',
  'start.setup-launched',
  'start.setup-kept',
  'start.setup-done',
  'start.row-running',
  'stop.checkpointed',
  'stop.container-stopped',
  'remove.work-kept',
  'remove.container-removed',
  'remove.network-removed',
  'remove.files-removed',
  'remove.row-removed',
  'checkpoint.refs-made',
  'checkpoint.rows-written',
  'keep.bundle-made',
  'keep.bundle-moved',
  'keep.row-written',
  'recover.requested',
  'batch.item-taken',
  'batch.task-requested',
  'batch.item-settled',
  'reconcile.object-removed',
  'follow-up.taken',
  'follow-up.run-written',
  'follow-up.started',
  'check.taken',
  'check.launched',
  'check.ended',
  'variant.leaving',
  'variant.put-away',
  'variant.coming',
  'retention.marked',
  'retention.files-removed',
  'worktree.put-away',
] as const;
export type Failpoint = (typeof failpoints)[number];

/** Replaced by `true` in a production build, so that the rest of this file falls away. */
declare const ANYON_WITHOUT_FAILPOINTS: boolean | undefined;
const without = typeof ANYON_WITHOUT_FAILPOINTS !== 'undefined' && ANYON_WITHOUT_FAILPOINTS;

const passed = new Map<Failpoint, number>();

/**
 * Does nothing, unless ANYON_FAILPOINT names this point: `<name>:<exit|throw|hang|sleep:ms>`, with `@n` behind it for the
 * n-th time it is passed (default the first).
 */
export async function failpoint(name: Failpoint): Promise<void> {
  if (without) return;
  const spec = /^([a-z.-]+):(exit|throw|hang|sleep:(\d+))(?:@(\d+))?$/.exec(env().ANYON_FAILPOINT ?? '');
  if (spec?.[1] !== name) return;
  const times = (passed.get(name) ?? 0) + 1;
  passed.set(name, times);
  if (times === Number(spec[4] ?? 1)) await strike(name, spec[2] ?? '', Number(spec[3] ?? 0));
}

async function strike(name: Failpoint, kind: string, milliseconds: number): Promise<void> {
  if (kind === 'exit') {
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {}); // the signal takes a moment
  }
  if (kind === 'hang') await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
  if (kind === 'throw') throw new Error(`failpoint ${name}`);
  await sleep(milliseconds);
}
