import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import superjson from 'superjson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTraceparent } from '@/components/trpc/traceparent';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { database } from '@/server/database';
import { setSecret } from '@/server/secrets/change-person-secrets';
import { startTracing } from '@/server/telemetry/start-tracing';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { startLogCollector, type LogCollector } from '@/tests/fakes/log-collector';
import { startTraceCollector, type CollectedSpan, type TraceCollector } from '@/tests/fakes/trace-collector';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { endedRun, workspaceWhere } from '@/tests/setup/wait-for-state';

/** From a click to the container and back: requests as the browser sends them, a worker process of its own, the real engine, and a real receiver of OTLP. */
const PUBLIC_URL = 'http://localhost:3000';
const canary = `canary-${randomBytes(8).toString('hex')}`;
let product: TestProduct;
let collector: TraceCollector;
let logs: LogCollector;
let owner: SignedIn;
let endTracing: () => Promise<void>;
let workspace: WorkspaceView;
let run: RunView;
const clicks = { create: newTraceparent(), start: newTraceparent() };
const idsOf = (traceparent: string) => ({ traceId: traceparent.slice(3, 35), spanId: traceparent.slice(36, 52) });

async function click<T>(procedure: string, input: unknown, traceparent: string): Promise<T> {
  const headers = { cookie: owner.cookie, origin: PUBLIC_URL, 'content-type': 'application/json', traceparent };
  const response = await handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/${procedure}`, { method: 'POST', body: JSON.stringify(superjson.serialize(input)), headers }));
  const answer = (await response.json()) as { result: { data: never } };
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return superjson.deserialize<T>(answer.result.data);
}

/** The spans of a trace as soon as this one is among them: processes send theirs a second later. */
async function traceWith(traceId: string, name: string): Promise<CollectedSpan[]> {
  for (;;) {
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    if (spans.some((span) => span.name === name)) return spans;
    await sleep(50);
  }
}

const one = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const found = spans.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0] as CollectedSpan;
};

beforeAll(async () => {
  [collector, logs] = await Promise.all([startTraceCollector(), startLogCollector()]);
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ANYON_FORWARD_ADDRESS: logs.address, ANYON_FORWARD_RUN_OUTPUT: 'on', ANYON_URL: PUBLIC_URL, AUTH_SECRET: randomBytes(32).toString('hex') });
  product = await startTestProduct();
  owner = await signedInPerson(database(), 'owner');
  endTracing = await startTracing('web');
  startWorkerProcess();
  await setSecret(owner.actor, { name: 'CANARY_NAME', value: `${canary}-value` });
  const repositoryUrl = product.addRepository(`${canary}-repository`, { 'README.md': '# Hello\n' });
  const created = await click<WorkspaceView>('workspaces.create', { repositoryUrl, name: `${canary} name` }, clicks.create);
  workspace = await workspaceWhere(owner.actor, created, ({ status }) => status === 'running');
  run = await endedRun(owner.actor, await click<RunView>('runs.start', { workspaceId: workspace.id, prompt: `${canary} prompt [[sim:text text="this is ${canary}-value, said aloud"]]` }, clicks.start));
});
afterAll(async () => {
  await endTracing?.();
  await killWorkers();
  await product?.close();
  await Promise.all([collector?.close(), logs?.close()]);
});

describe('E4 a run in its trace', () => {
  it('is one trace of both processes, from the click to the end', async () => {
    expect(run.status).toBe('succeeded');
    const { traceId, spanId } = idsOf(clicks.start);
    const spans = await traceWith(traceId, 'claude code');
    const asked = one(spans, 'runs.start');
    const sent = one(spans, 'send run');
    const taken = one(spans, 'process run');
    const wrapper = one(spans, 'anyon-run start');
    expect(asked).toMatchObject({ service: 'anyon-web', kind: 2, parentSpanId: spanId, facts: { 'rpc.method': 'runs.start' } });
    expect(sent).toMatchObject({ service: 'anyon-web', kind: 4, parentSpanId: asked.spanId, facts: { 'anyon.run.id': run.id, 'messaging.destination.name': 'run' } });
    expect(taken).toMatchObject({ service: 'anyon-worker', kind: 5, parentSpanId: sent.spanId, facts: { 'anyon.run.id': run.id, 'anyon.workspace.id': workspace.id, 'anyon.run.attempt': run.attempt } });
    expect(wrapper).toMatchObject({ service: 'anyon-worker', parentSpanId: taken.spanId });
    const calls = spans.filter(({ parentSpanId, kind }) => parentSpanId === wrapper.spanId && kind === 3);
    expect(calls.map(({ name }) => name)).toEqual(expect.arrayContaining(['POST /containers/{id}/exec', 'POST /exec/{id}/start']));
    expect(calls[0]?.facts).toMatchObject({ 'container.id': workspace.container.id, 'http.response.status_code': 201 });
    for (const name of ['first line stored', 'claude code']) expect(one(spans, name)).toMatchObject({ service: 'anyon-worker', parentSpanId: sent.spanId, facts: { 'anyon.run.id': run.id } });
    const known = new Set([spanId, ...spans.map((span) => span.spanId)]);
    expect(spans.filter(({ parentSpanId }) => !known.has(parentSpanId))).toEqual([]);
  });

  it('so is what a workspace was asked to do, with the calls to the engine that came of it', async () => {
    const { traceId } = idsOf(clicks.create);
    const spans = await traceWith(traceId, 'process create');
    const taken = one(spans, 'process create');
    expect(taken).toMatchObject({ service: 'anyon-worker', kind: 5, status: 0, parentSpanId: one(spans, 'send workspace-task').spanId, facts: { 'anyon.workspace.id': workspace.id } });
    expect(spans.filter(({ parentSpanId }) => parentSpanId === taken.spanId).map(({ name }) => name)).toEqual(expect.arrayContaining(['POST /networks/create', 'POST /containers/create', 'POST /containers/{id}/start']));
  });

  it('what the loops of the worker ask the engine all day is in no trace', () => {
    const traces = new Set(Object.values(clicks).map((traceparent) => idsOf(traceparent).traceId));
    expect(collector.spans.filter(({ service, traceId }) => service === 'anyon-worker' && !traces.has(traceId))).toEqual([]);
  });

  it('SEC-06: no prompt, name, address or secret of anybody leaves by it', () => {
    const sent = collector.raw.join('\n');
    expect(sent).toContain(run.id);
    for (const text of [canary, 'CANARY_NAME', owner.cookie, new URL(product.gitUrl).host]) expect(sent).not.toContain(text);
  });

  it('SEC-06: the output of the run reaches the log collector by a switch of its own, masked, with the ids of its run', async () => {
    const said = () => logs.received.filter(({ record }) => String(record['line']).includes('said aloud'));
    while (said().length === 0) await sleep(50);
    expect(said()[0]).toMatchObject({ tag: 'anyon.run', record: { deployment: 'local', runId: run.id, workspaceId: workspace.id, attempt: run.attempt } });
    expect(said()[0]?.record['line']).toMatch(/this is \*{29}, said/);
    expect(JSON.stringify(logs.received)).not.toContain(`${canary}-value`);
  });

  it('a request that says it is of no trace begins one of its own', async () => {
    const id = randomUUID();
    const headers = { cookie: owner.cookie, traceparent: 'of nothing' };
    const response = await handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/runs.byId?input=${encodeURIComponent(JSON.stringify(superjson.serialize({ runId: id })))}`, { headers }));
    expect(response.status).toBe(404);
    const requestId = response.headers.get('x-request-id');
    for (;;) {
      const found = collector.spans.find(({ facts }) => facts['anyon.request.id'] === requestId);
      if (found) return expect(found).toMatchObject({ name: 'runs.byId', parentSpanId: '', status: 2, facts: { 'error.type': 'NOT_FOUND' } });
      await sleep(50);
    }
  });
});
