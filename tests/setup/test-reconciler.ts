import { runLoops } from '@/server/background-loops';
import { containerEngine, probeEngine } from '@/server/containers/container-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { Reconciler } from '@/server/workspaces/reconcile/reconciler';
import type { TestWorker } from '@/tests/setup/test-worker';

/** What the worker process does to keep rows and machine in agreement, in this process. Resolves when it has ended. */
export function startTestReconciler(worker: TestWorker, engines: { engine?: ContainerEngine; probed?: ContainerEngine } = {}): () => Promise<void> {
  const ending = new AbortController();
  const reconciler = new Reconciler({ engine: engines.engine ?? containerEngine(), probed: engines.probed ?? probeEngine() }, worker.lead);
  const ended = runLoops(reconciler.loops(), ending.signal);
  return async () => {
    ending.abort();
    await ended;
  };
}
