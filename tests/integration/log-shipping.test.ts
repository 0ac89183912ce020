import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rotateServerLog } from '@/server/parent/server-log';
import { meters } from '@/server/meters';
import { ForwardSender } from '@/server/telemetry/forward-sender';
import { LogShipper } from '@/server/telemetry/log-shipper';
import { freePort } from '@/tests/setup/free-ports';
import { startLogCollector, startMuteCollector, type LogCollector } from '@/tests/fakes/log-collector';
import { changeEnvironment } from '@/tests/setup/test-environment';

const token = `ghp_${'a1'.repeat(18)}`;
const PATIENCE = { timeout: 20_000, interval: 25 };
let directory: string;
let file: string;
let collector: LogCollector | null;
let ending: AbortController;
let shipping: Promise<void> | null;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-ship-'));
  file = path.join(directory, 'server.log');
  collector = null;
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', ANYON_DATA_DIR: directory, ANYON_LOG_FILE: file, ANYON_LOG_FILE_BYTES: '65536', ANYON_LOG_FILES: '3' });
});
afterEach(async () => {
  await endShipping();
  await collector?.close();
  changeEnvironment({ ANYON_DATA_DIR: undefined, ANYON_LOG_FILE: undefined, ANYON_LOG_FILE_BYTES: undefined, ANYON_LOG_FILES: undefined, ANYON_FORWARD_ADDRESS: undefined, ANYON_FORWARD_SHARED_KEY: undefined });
  fs.rmSync(directory, { recursive: true, force: true });
});

function beginShipping(address: string, mostBehind?: number): void {
  changeEnvironment({ ANYON_FORWARD_ADDRESS: address });
  ending = new AbortController();
  shipping = new LogShipper(new ForwardSender(1_000), mostBehind).run(ending.signal);
}

async function endShipping(): Promise<void> {
  ending?.abort();
  await shipping;
  shipping = null;
}

let next = 0;
const write = (lines: number, extra = '') => {
  for (let at = 0; at < lines; at += 1) fs.appendFileSync(file, `${JSON.stringify({ level: 30, time: new Date().toISOString(), number: next++, extra })}\n`);
};
const numbers = () => (collector?.received ?? []).map(({ record }) => Number(record['number']));
/** Ranges, which a failure can show. */
const rangesOf = (all: readonly number[]) => all.reduce<[number, number][]>((ranges, number) => {
  const last = ranges.at(-1);
  if (last?.[1] === number - 1) last[1] = number;
  else ranges.push([number, number]);
  return ranges;
}, []);
const counted = async (outcome: string) => (await meters().forwardedLines.get()).values.find(({ labels }) => labels.what === 'log' && labels.outcome === outcome)?.value ?? 0;

describe('E4 shipping of the log', () => {
  it('brings the collector each line with its fields, also one that is no JSON, without tokens', async () => {
    collector = await startLogCollector();
    fs.writeFileSync(file, `{"level":40,"time":"2026-01-02T03:04:05.678Z","deployment":"cloud","runId":"r","msg":"hello"}\nFATAL: ${token} was no good\n[1]\n`);
    beginShipping(collector.address);
    await vi.waitFor(() => expect(collector?.received).toHaveLength(3), PATIENCE);
    expect(collector.received[0]).toEqual({ tag: 'anyon.log', record: { level: 40, time: '2026-01-02T03:04:05.678Z', deployment: 'cloud', runId: 'r', msg: 'hello' } });
    expect(collector.received[1]?.record).toMatchObject({ deployment: 'local', msg: `FATAL: ${'*'.repeat(40)} was no good` });
    expect(collector.received[2]?.record).toMatchObject({ msg: '[1]' });
  });

  it('goes on after its own end where it was, and sends half a line only when it is whole', async () => {
    collector = await startLogCollector();
    const first = next;
    write(2_000, 'x'.repeat(100));
    fs.appendFileSync(file, '{"number":');
    beginShipping(collector.address, 10_000_000);
    await vi.waitFor(() => expect(numbers()).toHaveLength(2_000), PATIENCE);
    await endShipping();
    fs.appendFileSync(file, `${next++}}\n`);
    write(5);
    beginShipping(collector.address, 10_000_000);
    await vi.waitFor(() => expect(rangesOf(numbers())).toEqual([[first, next - 1]]), PATIENCE);
  });

  it('waits in the file while the collector is away, through three rotations, and loses nothing', async () => {
    const port = await freePort();
    const first = next;
    write(10);
    beginShipping(`127.0.0.1:${port}`, 10_000_000);
    await vi.waitFor(() => expect(fs.existsSync(path.join(directory, 'meters/shipped-log.json'))).toBe(true), PATIENCE);
    for (let round = 0; round < 3; round += 1) {
      write(400, 'x'.repeat(200));
      rotateServerLog();
    }
    write(10);
    expect(fs.existsSync(`${file}.3`)).toBe(true);
    collector = await startLogCollector(port);
    await vi.waitFor(() => expect(rangesOf(numbers())).toEqual([[first, next - 1]]), PATIENCE);
  });

  it('drops the oldest lines when too many wait, and counts them', async () => {
    const port = await freePort();
    const [first, dropped] = [next, await counted('dropped')];
    write(4_000, 'x'.repeat(200));
    beginShipping(`127.0.0.1:${port}`, 400_000);
    await vi.waitFor(async () => expect((await counted('dropped')) - dropped).toBeGreaterThan(1_000), PATIENCE);
    collector = await startLogCollector(port);
    await vi.waitFor(() => expect(numbers().at(-1)).toBe(next - 1), PATIENCE);
    const lost = (await counted('dropped')) - dropped;
    expect(rangesOf(numbers())).toEqual([[first + lost, next - 1]]);
  });

  it('a collector that takes everything and acknowledges nothing gets it again, and holds nobody up', async () => {
    const mute = await startMuteCollector();
    const shipped = await counted('shipped');
    write(10);
    beginShipping(mute.address);
    await vi.waitFor(() => expect(mute.connections()).toBeGreaterThan(1), PATIENCE);
    expect(await counted('shipped')).toBe(shipped);
    await endShipping();
    mute.close();
  });

  it('begins anew when the log was taken away behind its back', async () => {
    collector = await startLogCollector();
    write(10);
    beginShipping(collector.address);
    await vi.waitFor(() => expect(numbers()).toHaveLength(10), PATIENCE);
    fs.truncateSync(file, 0);
    const first = next;
    write(3);
    await vi.waitFor(() => expect(rangesOf(numbers().slice(10))).toEqual([[first, next - 1]]), PATIENCE);
  });

  it('shows its key to a collector that asks for one', async () => {
    collector = await startLogCollector(0, 'the shared key');
    changeEnvironment({ ANYON_FORWARD_SHARED_KEY: 'the shared key' });
    write(1);
    beginShipping(collector.address);
    await vi.waitFor(() => expect(collector?.received).toHaveLength(1), PATIENCE);
  });
});
