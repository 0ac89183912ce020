import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { env } from '@/server/env';
import { processState } from '@/server/process-state';

/** What this process counts and times for /api/metrics. Labels are words of a list in the code: never a name, an id or a text of anybody. */
export interface Meters {
  registry: Registry;
  /** Of a call to the container engine, until its answer begins. */
  engineCalls: Histogram<'method' | 'outcome'>;
  taskAttempts: Histogram<'kind' | 'outcome'>;
  /** Masked bytes that were added to logs of runs. */
  collectedBytes: Counter;
  /** Bytes of a run's output that waited behind each piece that was copied. */
  collectorBehind: Histogram;
  /** Tabs, and views that they follow, as they are open now. */
  openStreams: Gauge<'kind'>;
  loopFailures: Counter<'loop'>;
  /** Of this process's own log: the disk was full. */
  lostLogLines: Counter;
  /** Lines for the log collector, by what is shipped and what came of them. */
  forwardedLines: Counter<'what' | 'outcome'>;
  /** Bytes of the log that the collector has not got yet. */
  forwardBehind: Gauge;
  spans: Counter<'outcome'>;
}

/** The meters of this process. */
export function meters(): Meters {
  return processState('meters', makeMeters);
}

function makeMeters(): Meters {
  const registry = new Registry();
  const registers = [registry];
  registry.setDefaultLabels({ deployment: env().ANYON_DEPLOYMENT_MODE });
  collectDefaultMetrics({ register: registry });
  const made: Meters = {
    registry,
    engineCalls: new Histogram({ registers, name: 'anyon_engine_call_seconds', help: 'Time until the container engine answered', labelNames: ['method', 'outcome'], buckets: [0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 15, 60] }),
    taskAttempts: new Histogram({ registers, name: 'anyon_task_attempt_seconds', help: 'Time that an attempt at a workspace task took', labelNames: ['kind', 'outcome'], buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 1800] }),
    collectedBytes: new Counter({ registers, name: 'anyon_collected_bytes_total', help: 'Masked bytes added to logs of runs' }),
    collectorBehind: new Histogram({ registers, name: 'anyon_collector_behind_bytes', help: 'Bytes of output that waited behind each copied piece', buckets: [0, 65_536, 1_048_576, 8_388_608, 67_108_864, 536_870_912] }),
    openStreams: new Gauge({ registers, name: 'anyon_open_streams', help: 'Tabs and views that are followed live', labelNames: ['kind'] }),
    loopFailures: new Counter({ registers, name: 'anyon_loop_failures_total', help: 'Rounds of background loops that failed', labelNames: ['loop'] }),
    lostLogLines: new Counter({ registers, name: 'anyon_lost_log_lines_total', help: 'Lines of the log that could not be written' }),
    forwardedLines: new Counter({ registers, name: 'anyon_forwarded_lines_total', help: 'Lines for the log collector that it acknowledged (shipped) or that were dropped', labelNames: ['what', 'outcome'] }),
    forwardBehind: new Gauge({ registers, name: 'anyon_forward_behind_bytes', help: 'Bytes of the log that wait for the log collector' }),
    spans: new Counter({ registers, name: 'anyon_spans_total', help: 'Spans that the trace collector took (sent), did not take (failed), or that were too many at a time (dropped)', labelNames: ['outcome'] }),
  };
  // A graph of what has not happened yet is a line at zero.
  for (const outcome of ['sent', 'failed', 'dropped']) made.spans.inc({ outcome }, 0);
  for (const what of ['log', 'run output']) for (const outcome of ['shipped', 'dropped']) made.forwardedLines.inc({ what, outcome }, 0);
  return made;
}
