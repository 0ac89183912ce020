import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createMasker, type Needle } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

/**
 * Goal S9: how fast output is masked, on one core, with 160 needles; in turns, as the collector does it. Beside it, in the same run and on
 * the same text, a plain copy of the bytes, one regular expression of all needles, and one search per needle. Peers go first and
 * last, so that a machine that is busy for a while is noticed. CPU time counts, not the clock.
 */
const NEEDLES = 160;
const BYTES = 64 * 1024 * 1024;
const TURN_BYTES = 512 * 1024;
const ROUNDS = 5;
const GOAL = 300;

type Texts = Record<string, Buffer>;

/** What runs print: a log, stream-json, stream-json of coloured output, and a log with a secret on every tenth line. */
function makeTexts(secrets: readonly string[]): Texts {
  const log = (n: number) => `2026-01-02T03:04:${String(n % 60).padStart(2, '0')}.123Z INFO  [worker-${n % 7}] compiled src/modules/feature-${n % 100}/index.ts in ${(n * 31) % 997} ms, ${(n * 2_654_435_761) >>> 0} bytes\n`;
  const json = (n: number) => `${JSON.stringify({ type: 'assistant', n, message: { id: `msg_${n * 31}`, content: [{ type: 'text', text: `Let me look at src/index.ts and run the tests ${(n * 2_654_435_761) >>> 0}` }] } })}\n`;
  const coloured = (n: number) => `${JSON.stringify({ type: 'user', message: { content: [{ type: 'tool_result', content: Array.from({ length: 6 }, (_, line) => `  ${line} \x1b[32mconst\x1b[0m value${n} = "x";`).join('\n') }] } })}\n`;
  const leaking = (n: number) => (n % 10 === 0 ? `export TOKEN=${secrets[n % secrets.length]}\n` : log(n));
  return { 'a log': fill(log), 'stream-json': fill(json), 'stream-json, coloured': fill(coloured), 'a log full of secrets': fill(leaking) };
}

function fill(line: (n: number) => string): Buffer {
  const text = Buffer.alloc(BYTES);
  for (let at = 0, n = 0; at < BYTES; n++) at += text.write(line(n), at);
  return text;
}

function secretsFor(count: number): { secrets: string[]; needles: Needle[] } {
  const secrets: string[] = [];
  while (secretNeedles(secrets).length < count) secrets.push(randomBytes(24).toString('base64url'));
  return { secrets, needles: secretNeedles(secrets).slice(0, count) };
}

type Way = 'copy' | 'masker' | 'one RegExp' | 'a search per needle';
/** The slow ways need less text to be measured. */
const slow: readonly Way[] = ['one RegExp', 'a search per needle'];

function waysOf(needles: readonly Needle[]): Record<Way, (text: Buffer) => void> {
  const masker = createMasker(needles);
  const buffers = needles.map((needle) => Buffer.from(needle as string));
  const pattern = new RegExp(buffers.map((needle) => needle.toString('latin1').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
  return {
    copy: (text) => {
      for (let at = 0; at < text.length; at += TURN_BYTES) Buffer.from(text.subarray(at, at + TURN_BYTES));
    },
    masker: (text) => {
      let settled = 0;
      for (let end = TURN_BYTES; settled < text.length; end += TURN_BYTES) {
        const start = Math.max(0, settled - masker.lookaround);
        settled = start + masker.mask(text.subarray(start, end), settled - start, end >= text.length).settled;
      }
    },
    'one RegExp': (text) => {
      for (let at = 0; at < text.length; at += TURN_BYTES) Buffer.from(text.toString('latin1', at, at + TURN_BYTES).replace(pattern, (found) => '*'.repeat(found.length)), 'latin1');
    },
    'a search per needle': (text) => {
      const output = Buffer.from(text);
      for (const needle of buffers) for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) output.fill(0x2a, at, at + needle.length);
    },
  };
}

/** The best of several rounds, in MB per second of CPU time. */
function rateOf(work: (text: Buffer) => void, text: Buffer, way: Way): number {
  const piece = slow.includes(way) ? text.subarray(0, BYTES / 8) : text;
  const rates = Array.from({ length: ROUNDS }, () => {
    const begun = process.cpuUsage();
    work(piece);
    const used = process.cpuUsage(begun);
    return piece.length / (used.user + used.system);
  });
  return Math.max(...rates);
}

interface Row {
  text: string;
  rates: Record<Way, number>;
  copyAfterwards: number;
}

function measure(texts: Texts, ways: Record<Way, (text: Buffer) => void>): Row[] {
  return Object.entries(texts).map(([name, text]) => {
    const rates = {} as Record<Way, number>;
    for (const way of ['copy', 'one RegExp', 'a search per needle', 'masker'] as const) rates[way] = rateOf(ways[way], text, way);
    return { text: name, rates, copyAfterwards: rateOf(ways.copy, text, 'copy') };
  });
}

function print(rows: readonly Row[]): void {
  const cells = rows.map(({ text, rates, copyAfterwards }) => [
    text,
    rates.masker.toFixed(0),
    `${rates.copy.toFixed(0)}, ${copyAfterwards.toFixed(0)}`,
    `${(rates.masker / rates.copy).toFixed(3)} ×`,
    `${rates['one RegExp'].toFixed(0)} (${(rates.masker / rates['one RegExp']).toFixed(1)} ×)`,
    `${rates['a search per needle'].toFixed(0)} (${(rates.masker / rates['a search per needle']).toFixed(1)} ×)`,
  ]);
  const all = [['MB/s of one core', 'masker', 'copy, before and after', 'of it', 'one RegExp', 'a search per needle'], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  process.stdout.write(`\nmasking, ${NEEDLES} needles (goal S9: ${GOAL} MB/s of a log)\n`);
  for (const row of all) process.stdout.write(`${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}\n`);
}

const { secrets, needles } = secretsFor(NEEDLES);
const rows = measure(makeTexts(secrets), waysOf(needles));
print(rows);
const directory = path.resolve(import.meta.dirname, '../../bench-results');
await mkdir(directory, { recursive: true });
await writeFile(path.join(directory, 'masking.json'), `${JSON.stringify({ at: new Date().toISOString(), needles: needles.length, bytes: BYTES, turnBytes: TURN_BYTES, rounds: ROUNDS, goal: GOAL, rows }, null, 2)}\n`);
process.stdout.write('\nwritten to bench-results/masking.json\n');
if (rows[0]!.rates.masker < GOAL) process.exitCode = 1;
