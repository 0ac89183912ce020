import type { ContainerEngine } from '@/server/containers/engine';
import type { RunAttempt } from '@/server/runs/run-attempt';
import type { RunRow } from '@/server/runs/run-status';

/** A run whose process is in hand, as those see it who look after it beside its supervision. */
export interface LiveRun {
  engine: ContainerEngine;
  /** As it was when the worker took it over; `status` may be another by now, `fence` and `attempt` are not. */
  run: RunRow;
  containerId: string;
  attempt: RunAttempt;
  /** True as soon as somebody has asked for a stop: nothing more is to be begun. */
  stopRequested: () => boolean;
  /** Aborted when the attempt is over, or when this worker has to let go of it. */
  signal: AbortSignal;
}
