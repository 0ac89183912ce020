import type { RunAttempt } from '@/server/runs/run-attempt';
import type { RunRow } from '@/server/runs/run-status';
import { traceStep } from '@/server/tracing';

/**
 * Steps of a run in its trace that are told when they are over: a run goes on for hours and through several workers, and a step that one of them
 * had begun would be lost with it.
 */
type Traced = Pick<RunRow, 'traceparent' | 'attempt' | 'parsedUpTo'>;

/** To be called whenever lines were stored; tells of the first of an attempt, from the start of Claude Code to its row. */
export function firstLineTeller(run: Traced, { outStart, startedAt }: RunAttempt): () => void {
  let told = run.parsedUpTo > outStart;
  return () => {
    if (!told) traceStep('first line stored', { parent: run.traceparent, from: startedAt, facts: facts(run) });
    told = true;
  };
}

/** Tells of an attempt that is over. */
export function traceAttempt(run: Traced, { startedAt }: RunAttempt): void {
  traceStep('claude code', { parent: run.traceparent, from: startedAt, facts: facts(run) });
}

function facts({ attempt }: Traced) {
  return { 'anyon.run.attempt': attempt };
}
