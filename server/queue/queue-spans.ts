import type { SpanFacts, SpanOptions } from '@/server/tracing';

type Queue = 'run' | 'workspace-task';

/** Of what writes a row and its job, by OpenTelemetry's words for messaging. */
export function sendingSpan(queue: Queue, facts: SpanFacts = {}): SpanOptions {
  return { kind: 'producer', facts: { ...of(queue), 'messaging.operation.type': 'send', 'messaging.operation.name': 'send', ...facts } };
}

/** Of what a worker does about it; `traceparent` is what the row keeps of who asked for it, and begins a trace of its own where it is null. */
export function takingSpan(queue: Queue, traceparent: string | null, facts: SpanFacts = {}): SpanOptions {
  return { kind: 'consumer', parent: traceparent, facts: { ...of(queue), 'messaging.operation.type': 'process', 'messaging.operation.name': 'process', ...facts } };
}

function of(queue: Queue): SpanFacts {
  return { 'messaging.system': 'pg-boss', 'messaging.destination.name': queue };
}
