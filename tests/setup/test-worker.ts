import { containerEngine } from '@/server/containers/container-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { env } from '@/server/env';
import { takeLead, type Lead } from '@/server/queue/lead';
import { workQueue } from '@/server/queue/queue';
import { RunSupervisor } from '@/server/runs/run-supervisor';
import { openTaskDeliveries, takeOverTasks } from '@/server/workspaces/tasks/take-over-tasks';
import { TaskRunner } from '@/server/workspaces/tasks/task-runner';

export interface TestWorker {
  lead: Lead;
  /** Lets go of everything in order, as SIGTERM does. */
  stop(): Promise<void>;
}

/** What the worker process does with tasks and runs, in this process and without its loops, but for the one that admits what waits. */
export async function startTestWorker(options: { engine?: ContainerEngine } = {}): Promise<TestWorker> {
  const engine = options.engine ?? containerEngine();
  const ending = new AbortController();
  const lead = await takeLead(() => {
    throw new Error('The test worker has lost the lead.');
  });
  const supervisor = new RunSupervisor(engine);
  const tasks = new TaskRunner(engine, lead, ending.signal);
  await takeOverTasks();
  const stopQueue = await workQueue({
    workers: env().ANYON_WORKERS,
    openTasks: openTaskDeliveries,
    onTask: (job) => tasks.look(job),
    onRun: (job) => supervisor.look(job.runId),
  });
  let looking = Promise.resolve();
  const clock = setInterval(() => {
    looking = looking.then(() => tasks.lookAtWaiting());
  }, 500);
  return {
    lead,
    async stop() {
      ending.abort();
      clearInterval(clock);
      await Promise.all([stopQueue(), supervisor.end(), looking]);
      await lead.release();
    },
  };
}
