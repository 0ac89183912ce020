import { ROOT_CONTEXT, SpanKind as Kind, SpanStatusCode, trace, type Span as OtelSpan } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TracerProvider, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import { env } from '@/server/env';
import { isAnyonError } from '@/server/errors';
import { CountingExporter } from '@/server/telemetry/counting-exporter';
import { SpanQueue } from '@/server/telemetry/span-queue';
import type { Span, SpanKind, Tracer } from '@/server/tracing';

/** A collector that takes longer gets the next spans; these are lost. */
const SEND_TIMEOUT_MS = 10_000;
const END_PATIENCE_MS = 2_000;

const kinds: Record<SpanKind, Kind> = { server: Kind.SERVER, client: Kind.CLIENT, producer: Kind.PRODUCER, consumer: Kind.CONSUMER, internal: Kind.INTERNAL };

/**
 * Makes spans by OpenTelemetry's SDK and sends them as OTLP over HTTP. It is not registered globally: Next.js would add spans of its own, with the whole
 * addresses of requests. Which traces are kept is told by the trace id alone, so every process decides the same and a browser's word counts for nothing.
 */
export function makeOtlpTracer(process: 'web' | 'worker'): { tracer: Tracer; end: () => Promise<void> } {
  const { ANYON_DEPLOYMENT_MODE, ANYON_INSTANCE, ANYON_RELEASE, OTEL_TRACES_SAMPLER_ARG } = env();
  const exporter = new CountingExporter(new OTLPTraceExporter({ timeoutMillis: SEND_TIMEOUT_MS, concurrencyLimit: 2 })); // it reads the standard variables itself: endpoint, headers, certificate
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `anyon-${process}`, 'service.namespace': 'anyon', 'service.instance.id': ANYON_INSTANCE, 'service.version': ANYON_RELEASE, 'deployment.environment.name': ANYON_DEPLOYMENT_MODE }),
    sampler: new TraceIdRatioBasedSampler(OTEL_TRACES_SAMPLER_ARG),
    spanProcessors: [new SpanQueue({ exporter, exportTimeoutMillis: SEND_TIMEOUT_MS + 1_000, scheduledDelayMillis: 1_000 })],
  });
  const otel = provider.getTracer('anyon');
  return {
    tracer: {
      begin: (name, { kind = 'internal', facts, parent, from }) => {
        const [, traceId, spanId] = parent?.split('-') ?? [];
        const context = traceId && spanId ? trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, isRemote: true }) : ROOT_CONTEXT;
        return asSpan(otel.startSpan(name, { kind: kinds[kind], ...(facts && { attributes: facts }), ...(from && { startTime: from }) }, context));
      },
    },
    end: async () => {
      const late = new Promise<void>((resolve) => void setTimeout(resolve, END_PATIENCE_MS).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]); // what could not be sent has been counted
    },
  };
}

function asSpan(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  let open = true;
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-${traceFlags & 1 ? '01' : '00'}`,
    isOpen: () => open,
    tell: (facts) => void span.setAttributes(facts),
    end: (error) => {
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', kindOfError(error));
      open = false;
      span.end();
    },
  };
}

/** The kind only: messages of errors may hold paths, names and what a program printed. */
function kindOfError(error: unknown): string {
  if (isAnyonError(error)) return error.kind;
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z_]{2,40}$/.test(code) ? code : error.name;
}
