import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { buildWriter, removeBenchContainers } from '@/tests/bench/log-path-containers';
import { measure, type Bench, type Load, type Way } from '@/tests/bench/log-path-measure';
import { BENCH_IMAGE, startBenchProduct } from '@/tests/bench/log-path-product';

/**
 * Goals S1 and S3: how fast run output travels from a container to one subscriber through the product (masked, on disk, over
 * the API), and how old a line is when it arrives, each beside `docker logs -f` of the same load in the same run. The machine
 * differs from place to place, so the ratios count.
 */
const LINE_BY_LINE: Load = { writers: 1, lines: 400_000, lineBytes: 160, linesPerWrite: 1, linesPerSecond: 0 };
/** As buffered output comes, in blocks of 64 KB: here the writer is not what holds everything up. */
const IN_BLOCKS: Load = { ...LINE_BY_LINE, linesPerWrite: 400 };
const STEADY: Load = { writers: 20, lines: 1_000, lineBytes: 160, linesPerWrite: 1, linesPerSecond: 100 };
const ROUNDS = 3;
const NEEDLES = 160;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const percentile = (values: number[], part: number): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? Number.NaN;

async function throughput(bench: Bench, load: Load): Promise<Record<Way, number>> {
  const rates: Record<Way, number[]> = { product: [], 'docker-logs': [], 'raw-copy': [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ['raw-copy', 'product', 'docker-logs'] as const) {
      const { startedAt, received } = await measure(bench, way, load);
      const rate = (load.lines * load.lineBytes) / (received[0]!.finishedAt - startedAt);
      rates[way].push(rate);
      process.stdout.write(`  ${load.linesPerWrite} lines a write, ${way}: ${rate.toFixed(1)} MB/s\n`);
      await removeBenchContainers();
    }
  }
  return { product: median(rates.product), 'docker-logs': median(rates['docker-logs']), 'raw-copy': median(rates['raw-copy']) };
}

interface Latency {
  p50: number;
  p99: number;
}

async function latency(bench: Bench, way: Way): Promise<Latency> {
  const { received } = await measure(bench, way, STEADY);
  await removeBenchContainers();
  const all = received.flatMap(({ latencies }) => latencies);
  if (all.length !== STEADY.writers * STEADY.lines) throw new Error(`${way}: ${all.length} lines arrived.`);
  return { p50: percentile(all, 0.5), p99: percentile(all, 0.99) };
}

type Row = [string, string, string, string];

function speedRows(load: string, rates: Record<Way, number>): Row[] {
  const row = (name: string, beside: Way, goal: string): Row => {
    const ratio = rates.product / rates[beside];
    return [`S1 MB/s, ${load}, beside ${name}`, rates.product.toFixed(1), rates[beside].toFixed(1), `${ratio.toFixed(2)} × (goal ≥ ${goal})`];
  };
  return [row('docker logs -f', 'docker-logs', '25'), row('a raw copy', 'raw-copy', '0.5')];
}

function secretsFor(count: number): string[] {
  const secrets: string[] = [];
  while (secretNeedles(secrets).length < count) secrets.push(randomBytes(24).toString('base64url'));
  return secrets;
}

async function run(directory: string): Promise<void> {
  const secrets = secretsFor(NEEDLES);
  await buildWriter(BENCH_IMAGE, directory);
  const product = await startBenchProduct(directory);
  try {
    const bench = { directory, product, secrets };
    const speed = { lineByLine: await throughput(bench, LINE_BY_LINE), inBlocks: await throughput(bench, IN_BLOCKS) };
    const line = { product: await latency(bench, 'product'), docker: await latency(bench, 'docker-logs') };
    const rows: Row[] = [
      ...speedRows('a write a line', speed.lineByLine),
      ...speedRows('64 KB blocks', speed.inBlocks),
      ['S3 line latency p50, ms', line.product.p50.toFixed(2), line.docker.p50.toFixed(2), `${(line.product.p50 / line.docker.p50).toFixed(2)} × (goal ≤ 3)`],
      ['S3 line latency p99, ms', line.product.p99.toFixed(2), line.docker.p99.toFixed(2), `${(line.product.p99 / line.docker.p99).toFixed(2)} × (goal ≤ 1.5)`],
    ];
    const needles = secretNeedles(secrets).length;
    print(rows, `API behind ${product.web === 'next' ? 'the built product (Next)' : 'a bare HTTP server: the product is not built'}, ${needles} needles`);
    await save({ at: new Date().toISOString(), web: product.web, needles, loads: { lineByLine: LINE_BY_LINE, inBlocks: IN_BLOCKS, steady: STEADY }, rounds: ROUNDS, megabytesPerSecond: speed, latencyMs: line });
  } finally {
    await product.close();
  }
}

function print(rows: Row[], note: string): void {
  const all = [['', 'Anyon', 'beside', 'ratio'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  process.stdout.write(`\nlog-path: ${note}\n`);
  for (const row of all) process.stdout.write(`${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}\n`);
}

async function save(result: object): Promise<void> {
  const directory = path.resolve(import.meta.dirname, '../../bench-results');
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, 'log-path.json');
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${path.relative(process.cwd(), file)}\n`);
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'anyon-bench-'));
await chmod(directory, 0o777);
try {
  await removeBenchContainers();
  await run(directory);
} finally {
  await removeBenchContainers();
  await rm(directory, { recursive: true, force: true });
}
