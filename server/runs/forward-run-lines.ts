import type { RunEventLine } from '@/contract/run-event';
import { env } from '@/server/env';
import { processState } from '@/server/process-state';
import type { RunRow } from '@/server/runs/run-status';
import { LineForwarder } from '@/server/telemetry/line-forwarder';

/** Offers lines of a run, which are masked, to the log collector, where ANYON_FORWARD_RUN_OUTPUT says so. Never waits and never throws. */
export function forwardRunLines(run: Pick<RunRow, 'id' | 'workspaceId' | 'attempt'>, lines: readonly RunEventLine[]): void {
  const { ANYON_FORWARD_ADDRESS, ANYON_FORWARD_RUN_OUTPUT, ANYON_DEPLOYMENT_MODE: deployment } = env();
  if (ANYON_FORWARD_ADDRESS === undefined || ANYON_FORWARD_RUN_OUTPUT !== 'on') return;
  const facts = { deployment, runId: run.id, workspaceId: run.workspaceId, attempt: run.attempt };
  const now = new Date();
  forwarder().offer(lines.flatMap(({ offset, kind, subtype, payload }) => (payload === null ? [] : [{ at: now, text: payload, facts: { ...facts, offset, kind, subtype } }])));
}

/** Ships what waits, if the collector takes it now. */
export async function endForwarding(): Promise<void> {
  const { ANYON_FORWARD_ADDRESS, ANYON_FORWARD_RUN_OUTPUT } = env();
  if (ANYON_FORWARD_ADDRESS !== undefined && ANYON_FORWARD_RUN_OUTPUT === 'on') await forwarder().end();
}

function forwarder(): LineForwarder {
  return processState('run-forwarder', () => new LineForwarder('output of runs', 'anyon.run', async () => new (await import('@/server/telemetry/forward-sender')).ForwardSender()));
}
