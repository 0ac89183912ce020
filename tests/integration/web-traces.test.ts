import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startTraceCollector } from '@/tests/fakes/trace-collector';
import { createTestDatabase } from '@/tests/setup/test-database';
import { startWebProcess, untilAnswers } from '@/tests/setup/web-process';

/** The build of the web process, too, finds what makes traces when it is asked to; nothing there is loaded before. */
it('E4: the built web process traces what it is asked, under the trace of whoever asks', async () => {
  const [database, collector] = await Promise.all([createTestDatabase(), startTraceCollector()]);
  const web = await startWebProcess({ DATABASE_URL: database.url, AUTH_SECRET: randomBytes(32).toString('hex'), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  try {
    await untilAnswers(web);
    const traceId = randomBytes(16).toString('hex');
    const answer = await fetch(`${web.url}/api/trpc/session.me`, { headers: { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-00` } });
    await answer.text();
    while (!collector.spans.some((span) => span.traceId === traceId)) await sleep(50);
    expect(collector.spans.find((span) => span.traceId === traceId)).toMatchObject({ service: 'anyon-web', name: 'session.me', facts: { 'anyon.request.id': answer.headers.get('x-request-id') } });
  } finally {
    web.process.kill('SIGTERM');
    await web.ended;
    await collector.close();
    await database.drop();
  }
});
