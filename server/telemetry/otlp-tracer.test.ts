import { afterEach, expect, it, vi } from 'vitest';
import { AnyonError } from '@/server/errors';
import { meters } from '@/server/meters';
import { startTracing } from '@/server/telemetry/start-tracing';
import { traced, tracedInside, traceparentInForce, traceStep, withCaller } from '@/server/tracing';
import { startTraceCollector, type TraceCollector } from '@/tests/fakes/trace-collector';
import { changeEnvironment } from '@/tests/setup/test-environment';

const caller = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
let collector: TraceCollector | null = null;
let end = async () => {};

async function begin(options: { answer?: number | 'hang'; share?: string } = {}): Promise<TraceCollector> {
  collector = await startTraceCollector(options.answer);
  changeEnvironment({ ANYON_LOG_LEVEL: 'silent', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of%20the%20collector', OTEL_TRACES_SAMPLER_ARG: options.share });
  end = await startTracing('web');
  return collector;
}

async function counted(outcome: string): Promise<number> {
  const { values } = await meters().spans.get();
  return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
}

afterEach(async () => {
  await end();
  end = async () => {};
  await collector?.close();
  changeEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_EXPORTER_OTLP_HEADERS: undefined, OTEL_TRACES_SAMPLER_ARG: undefined });
});

it('E4: steps within steps, of a caller elsewhere, reach the collector with their parents, kinds and errors, and with the words of the standard headers', async () => {
  const { spans, raw } = await begin();
  let kept: string | null = null;
  const failing = withCaller(`00-${caller.traceId}-${caller.spanId}-00`, () =>
    traced('outer', { kind: 'server', facts: { 'anyon.number': 7, 'anyon.flag': true } }, async () => {
      await tracedInside('inner', { kind: 'client' }, async (span) => span?.tell({ 'http.response.status_code': 204 }));
      kept = traceparentInForce();
      throw new AnyonError('not_found', 'There is no /home/somebody/secret.');
    }),
  );
  await expect(failing).rejects.toThrow('secret');
  traceStep('later', { parent: kept, from: new Date(Date.now() - 5_000) });
  await end();
  const [inner, outer, later] = ['inner', 'outer', 'later'].map((name) => spans.find((span) => span.name === name));
  expect(outer).toMatchObject({ service: 'anyon-web', traceId: caller.traceId, parentSpanId: caller.spanId, kind: 2, status: 2, facts: { 'anyon.number': 7, 'anyon.flag': true, 'error.type': 'not_found' } });
  expect(inner).toMatchObject({ traceId: caller.traceId, parentSpanId: outer?.spanId, kind: 3, status: 0, facts: { 'http.response.status_code': 204 } });
  expect(later).toMatchObject({ traceId: caller.traceId, parentSpanId: outer?.spanId });
  expect(later?.durationMs).toBeGreaterThan(4_900);
  expect(raw.join()).toContain('"x-key":"of the collector"');
  expect(raw.join()).not.toContain('secret');
});

it('a step outside of every trace is none, also what was begun in one that is over', async () => {
  const { spans } = await begin();
  await tracedInside('of a loop', {}, async () => {});
  const { promise: later, resolve } = Promise.withResolvers<void>();
  let hub = Promise.resolve();
  await traced('step', {}, async () => {
    hub = later.then(async () => tracedInside('of a hub', {}, async () => {}));
  });
  resolve();
  await hub;
  await end();
  expect(spans.map(({ name }) => name)).toEqual(['step']);
});

it.each(['nonsense', '00-' + '0'.repeat(32) + '-' + 'cd'.repeat(8) + '-01', `01-${caller.traceId}-${caller.spanId}-01`, `00-${caller.traceId}-${caller.spanId}-01, x`])('a caller who says %s is nobody', async (said) => {
  const { spans } = await begin();
  await withCaller(said, () => traced('alone', {}, async () => {}));
  await end();
  expect(spans).toMatchObject([{ parentSpanId: '' }]);
  expect(spans[0]?.traceId).not.toBe(caller.traceId);
});

it('keeps the share of traces that is asked for, each whole or not at all', async () => {
  const { spans } = await begin({ share: '0.5' });
  for (let at = 0; at < 200; at += 1) await traced('outer', {}, async () => tracedInside('inner', {}, async () => {}));
  await end();
  const outer = spans.filter(({ name }) => name === 'outer').map(({ traceId }) => traceId);
  expect(outer.length).toBeGreaterThan(50);
  expect(outer.length).toBeLessThan(150);
  expect(new Set(spans.filter(({ name }) => name === 'inner').map(({ traceId }) => traceId))).toEqual(new Set(outer));
});

it('a collector that takes requests and never answers holds nobody up, costs no more than its queue, and is counted', async () => {
  const dropped = await counted('dropped');
  await begin({ answer: 'hang' });
  const begun = performance.now();
  for (let at = 0; at < 4_000; at += 1) await traced('one of many', {}, async () => {});
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect((await counted('dropped')) - dropped).toBeGreaterThan(1_000);
  const ending = performance.now();
  await end();
  expect(performance.now() - ending).toBeLessThan(6_000);
});

it('a collector that refuses costs its spans and nothing else', async () => {
  const failed = await counted('failed');
  await begin({ answer: 400 });
  expect(await traced('refused', {}, async () => 'done')).toBe('done');
  await end();
  expect((await counted('failed')) - failed).toBe(1);
});

it('nothing of OpenTelemetry is loaded where nobody has asked for traces', async () => {
  const loaded = vi.fn<() => object>(() => ({}));
  vi.doMock('@/server/telemetry/otlp-tracer', () => loaded());
  await (await startTracing('web'))();
  expect(loaded).not.toHaveBeenCalled();
  expect(await traced('nothing', {}, async (span) => span)).toBeNull();
  expect(traceparentInForce()).toBeNull();
  vi.doUnmock('@/server/telemetry/otlp-tracer');
});
