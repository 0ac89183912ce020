import { setClockAhead } from '@/tests/faults/log-path/stepping-clock';
import type { ContainerEngine } from '@/server/containers/engine';
import { RunSupervisor } from '@/server/runs/run-supervisor';

/**
 * What the worker does for runs, and nothing else: supervises every live one from its files. Where it would ask the engine, it hears that
 * container and process are there, until it is told that the container is gone; so a test can be the run, with nothing but a hand on its files. Takes runs over at once, without the lead.
 */
const LOOK_EVERY_MS = 100;

let isContainerThere = true;
const engine = {
  inspectContainer: async () => Promise.resolve(isContainerThere ? { status: 'running', startedAt: null, exit: null, limits: { memoryBytes: 1024 ** 3 } } : null),
  exec: async () => Promise.resolve({ exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false }),
} as unknown as ContainerEngine;

const supervisor = new RunSupervisor(engine);
const tell = (error: unknown): void => console.error(error);
const look = (): void => void supervisor.takeOver().catch(tell).finally(() => setTimeout(look, LOOK_EVERY_MS)); // the database may be away

process.on('message', ({ clockAheadMs }: { clockAheadMs?: number }) => {
  if (clockAheadMs === undefined) isContainerThere = false;
  else setClockAhead(clockAheadMs);
});
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => void supervisor.end().then(() => process.exit()));
look();
process.send?.('ready');
