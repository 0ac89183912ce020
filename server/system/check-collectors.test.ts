import { afterEach, describe, expect, it } from 'vitest';
import { checkCollectors } from '@/server/system/check-collectors';
import { startLogCollector } from '@/tests/fakes/log-collector';
import { startTraceCollector } from '@/tests/fakes/trace-collector';
import { freePort } from '@/tests/setup/free-ports';
import { changeEnvironment } from '@/tests/setup/test-environment';

afterEach(() => changeEnvironment({ ANYON_FORWARD_ADDRESS: undefined, OTEL_EXPORTER_OTLP_ENDPOINT: undefined }));

const check = () => checkCollectors(AbortSignal.timeout(500));

describe('E4 the system check of collectors', () => {
  it('says nothing where there are none', async () => {
    expect(await check()).toEqual([]);
  });

  it('finds those that are there, whatever the trace collector answers to a request without spans', async () => {
    const [traces, logs] = await Promise.all([startTraceCollector(405), startLogCollector()]);
    changeEnvironment({ ANYON_FORWARD_ADDRESS: logs.address, OTEL_EXPORTER_OTLP_ENDPOINT: traces.url });
    expect(await check()).toMatchObject([{ name: 'Log collector', severity: 'ok' }, { name: 'Trace collector', severity: 'ok' }]);
    await Promise.all([traces.close(), logs.close()]);
  });

  it('warns of those that are not, without a password of their address', async () => {
    const port = await freePort();
    changeEnvironment({ ANYON_FORWARD_ADDRESS: `127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:pass-word@127.0.0.1:${port}` });
    const found = await check();
    expect(found).toMatchObject([{ severity: 'warning', detail: expect.stringContaining('ECONNREFUSED') }, { severity: 'warning', detail: expect.stringContaining('ECONNREFUSED') }]);
    expect(JSON.stringify(found)).not.toContain('pass-word');
  });

  it('waits for no collector that hangs', async () => {
    const traces = await startTraceCollector('hang');
    changeEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: traces.url });
    expect(await check()).toMatchObject([{ name: 'Trace collector', severity: 'warning' }]);
    await traces.close();
  });
});
