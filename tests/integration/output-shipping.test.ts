import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { meters } from '@/server/meters';
import { maskTokens } from '@/server/secrets/masked-text';
import { ForwardSender } from '@/server/telemetry/forward-sender';
import { LineForwarder, type MaskedLine } from '@/server/telemetry/line-forwarder';
import { startLogCollector, startMuteCollector, type LogCollector } from '@/tests/fakes/log-collector';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { freePort } from '@/tests/setup/free-ports';

const PATIENCE = { timeout: 20_000, interval: 25 };
let collector: LogCollector | null = null;
let forwarder: LineForwarder;

beforeEach(() => {
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent' });
  forwarder = new LineForwarder('output of runs', 'anyon.run', async () => new ForwardSender(1_000));
});
afterEach(async () => {
  await forwarder.end();
  await collector?.close();
  collector = null;
  changeEnvironment({ ANYON_FORWARD_ADDRESS: undefined });
});

const line = (text: string, number: number): MaskedLine => ({ at: new Date(), text: maskTokens(text), facts: { runId: 'r', number } });
const counted = async (outcome: string) => (await meters().forwardedLines.get()).values.find(({ labels }) => labels.what === 'run output' && labels.outcome === outcome)?.value ?? 0;
const numbers = () => (collector?.received ?? []).map(({ record }) => record['number']);

describe('E4 shipping of the masked output of runs', () => {
  it('brings the collector each line with the ids of its run, in order, also what was offered while it was away', async () => {
    const port = await freePort();
    changeEnvironment({ ANYON_FORWARD_ADDRESS: `127.0.0.1:${port}` });
    for (let at = 0; at < 600; at += 1) forwarder.offer([line(`line ${at}`, at)]);
    collector = await startLogCollector(port);
    await vi.waitFor(() => expect(numbers()).toEqual(Array.from({ length: 600 }, (_, at) => at)), PATIENCE);
    expect(collector.received[7]).toEqual({ tag: 'anyon.run', record: { runId: 'r', number: 7, line: 'line 7' } });
    forwarder.offer([line('one more', 600)]);
    await vi.waitFor(() => expect(numbers().at(-1)).toBe(600), PATIENCE);
  });

  it('keeps no more than fits while nobody takes it, counts what it drops, and holds nobody up', async () => {
    const mute = await startMuteCollector();
    changeEnvironment({ ANYON_FORWARD_ADDRESS: mute.address });
    const dropped = await counted('dropped');
    const begun = performance.now();
    for (let at = 0; at < 300; at += 1) forwarder.offer(Array.from({ length: 50 }, (_, within) => line('a line', at * 50 + within)));
    forwarder.offer(Array.from({ length: 20 }, (_, at) => line('x'.repeat(1024 * 1024), at)));
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect((await counted('dropped')) - dropped).toBe(15_000 + 4);
    const ending = performance.now();
    await forwarder.end();
    expect(performance.now() - ending).toBeLessThan(6_000);
    mute.close();
  });
});
