import { AsyncLocalStorage } from 'node:async_hooks';
import { env } from '@/server/env';
import { logIdsInForce, withLogIds } from '@/server/log';
import { processState } from '@/server/process-state';

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Ids, numbers and words of lists in the code. Never a prompt, a name, an address or a text of anybody: what is here leaves this machine. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  kind?: SpanKind;
  facts?: SpanFacts;
  /** W3C trace context of what this is part of; absent: of the span in force. */
  parent?: string | null;
  /** When it began, for one that is told afterwards. */
  from?: Date;
}

/** One step of a trace. What is told after its end is lost. */
export interface Span {
  readonly traceId: string;
  /** Its W3C trace context, for a process that goes on with it. */
  readonly traceparent: string;
  isOpen(): boolean;
  tell(facts: SpanFacts): void;
  /** An error is kept by its kind, without its words. */
  end(error?: unknown): void;
}

/** What makes spans: server/telemetry/otlp-tracer.ts, loaded only where they go somewhere. */
export interface Tracer {
  begin(name: string, options: SpanOptions): Span;
}

interface Tracing {
  tracer: Tracer | null;
  inForce: AsyncLocalStorage<{ span: Span | null; caller: string | null }>;
}

function tracing(): Tracing {
  return processState('tracing', () => ({ tracer: null, inForce: new AsyncLocalStorage() }));
}

/** Spans are made from now on; null: none any more. */
export function installTracer(tracer: Tracer | null): void {
  tracing().tracer = tracer;
}

/** Whether this install makes traces at all. */
export function tracingIsWanted(): boolean {
  return env().OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
}

/** `work` is part of what a caller elsewhere does, who says so by a W3C trace context. What is none is ignored. */
export function withCaller<T>(traceparent: string | null, work: () => T): T {
  const { tracer, inForce } = tracing();
  if (!tracer || !traceparent || !/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)) return work();
  return inForce.run({ span: null, caller: traceparent }, work);
}

/** Does `work` as a step of a trace: of the span in force, of `parent`, or the first of a trace of its own. Does nothing else where no traces are made. */
export async function traced<T>(name: string, options: SpanOptions, work: (span: Span | null) => Promise<T>): Promise<T> {
  const { tracer, inForce } = tracing();
  if (!tracer) return work(null);
  const parent = options.parent ?? openSpan()?.traceparent ?? inForce.getStore()?.caller ?? null;
  const span = tracer.begin(name, { ...options, parent, facts: { ...idFacts(), ...options.facts } });
  try {
    const result = await inForce.run({ span, caller: null }, () => withLogIds({ traceId: span.traceId }, () => work(span)));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** The same inside of a span that is open, and without a span elsewhere: what loops do all day is no trace. */
export async function tracedInside<T>(name: string, options: SpanOptions, work: (span: Span | null) => Promise<T>): Promise<T> {
  return openSpan() ? traced(name, options, work) : work(null);
}

/** Tells of a step that is over, as part of `parent`; nothing where that is null. */
export function traceStep(name: string, options: SpanOptions & { parent: string | null; from: Date }): void {
  if (!options.parent) return;
  tracing().tracer?.begin(name, { ...options, facts: { ...idFacts(), ...options.facts } }).end();
}

/** Trace context of the span in force, to be kept with a row for whoever goes on with it; null where there is none. */
export function traceparentInForce(): string | null {
  return openSpan()?.traceparent ?? null;
}

/** What was started inside a span and outlives it (a hub, a stream) is no part of it any more. */
function openSpan(): Span | null {
  const span = tracing().inForce.getStore()?.span;
  return span?.isOpen() ? span : null;
}

function idFacts(): SpanFacts {
  const { requestId, runId, workspaceId, taskId } = logIdsInForce();
  return {
    ...(requestId !== undefined && { 'anyon.request.id': requestId }),
    ...(runId !== undefined && { 'anyon.run.id': runId }),
    ...(workspaceId !== undefined && { 'anyon.workspace.id': workspaceId }),
    ...(taskId !== undefined && { 'anyon.task.id': taskId }),
  };
}
