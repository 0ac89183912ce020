import { containerEngine } from '@/server/containers/container-engine';
import { describeError } from '@/server/errors';
import { env } from '@/server/env';
import { log } from '@/server/log';
import { takeLead } from '@/server/queue/lead';
import { workQueue } from '@/server/queue/queue';
import { RunSupervisor } from '@/server/runs/run-supervisor';
import { performTask } from '@/server/workspaces/tasks/perform-task';
import { reconcileWorkspaces } from '@/server/workspaces/reconcile/reconcile-workspaces';

/**
 * The worker process: tasks from the queue, supervision of live runs, reconciliation. It may be killed at any moment; the
 * next one takes over what this one was doing. Only one works at a time: the others wait for the lead.
 */
const RECONCILE_EVERY_MS = 30_000;

async function main(): Promise<void> {
  const ending = new AbortController();
  process.once('SIGTERM', () => ending.abort());
  process.once('SIGINT', () => ending.abort());
  log().info('worker: waiting for the lead');
  const releaseLead = await takeLead(() => {
    log().error('worker: the lead is lost, ending at once');
    process.exit(1); // another worker may be at work already; the parent starts this one again
  });
  log().info('worker: has the lead');

  const engine = containerEngine();
  const supervisor = new RunSupervisor(engine);
  await supervisor.takeOver();
  const stopQueue = await workQueue({
    onWorkspaceTask: (job, context) => performTask(engine, job, context),
    onRun: (job) => supervisor.look(job.runId),
  });
  const watching = watchEngine(ending.signal);
  const sweeping = sweep(supervisor, ending.signal);

  await new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve(), { once: true }));
  log().info('worker: ending; live runs go on');
  setTimeout(() => process.exit(0), 10_000).unref();
  await Promise.all([stopQueue(), supervisor.end(), watching, sweeping]);
  await releaseLead();
  process.exit(0);
}

/** Reconciles on the clock, whatever else happened or was missed. */
async function sweep(supervisor: RunSupervisor, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await reconcileWorkspaces(containerEngine(), signal);
      await supervisor.takeOver();
    } catch (error) {
      if (!signal.aborted) log().warn({ err: error }, 'worker: the sweep failed, the next one comes by itself');
    }
    await pause(RECONCILE_EVERY_MS, signal);
  }
}

/**
 * Reconciles soon after every event of a container of ours, and whenever the stream of events has ended: the engine may be
 * gone, or be back. Events are a hint: their loss costs only time.
 */
async function watchEngine(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await reconcileWorkspaces(containerEngine(), signal);
      for await (const event of containerEngine().streamEvents({ 'anyon.instance': env().ANYON_INSTANCE }, signal)) {
        if (!/^(start|die|destroy|pause|unpause|oom)/.test(event.action)) continue;
        await pause(300, signal);
        await reconcileWorkspaces(containerEngine(), signal);
      }
    } catch (error) {
      if (!signal.aborted) log().warn({ reason: describeError(error) }, 'worker: no events from the engine, trying again');
    }
    await pause(2_000, signal);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}

main().catch((error: unknown) => {
  log().fatal({ err: error }, 'worker: cannot start');
  process.exit(1);
});
