import { env } from '@/server/env';
import { log } from '@/server/log';
import { installTracer } from '@/server/tracing';

/**
 * From now on this process makes traces and sends them to OTEL_EXPORTER_OTLP_ENDPOINT; without that variable nothing of OpenTelemetry is even
 * loaded. Returns what sends the rest and ends it, in two seconds at most.
 */
export async function startTracing(process: 'web' | 'worker'): Promise<() => Promise<void>> {
  if (env().OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return async () => {};
  const { makeOtlpTracer } = await import('@/server/telemetry/otlp-tracer');
  const { tracer, end } = makeOtlpTracer(process);
  installTracer(tracer);
  log().info({ share: env().OTEL_TRACES_SAMPLER_ARG }, 'traces: on');
  return async () => {
    installTracer(null);
    await end();
  };
}
