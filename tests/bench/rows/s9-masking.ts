import { createMasker, type Needle } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { benchSecrets, NEEDLES } from '@/tests/bench/bench-secrets';
import { textsOf } from '@/tests/bench/masked-texts';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';

const BYTES = 64 * 1024 * 1024;
const TURN_BYTES = 512 * 1024;
const ROUNDS = 5;
/** The slow ways need less text to be measured. */
const SLOW = 1 / 8;

type Way = (text: Buffer) => void;

/** The product's masker in turns, as the collector does it, and how else it could be done. */
function waysOf(needles: readonly Needle[]): { masker: Way; peers: Record<'a copy' | 'one RegExp' | 'a search per needle', Way> } {
  const masker = createMasker(needles);
  const buffers = needles.map((needle) => Buffer.from(needle as string));
  const pattern = new RegExp(buffers.map((needle) => needle.toString('latin1').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
  return {
    masker: (text) => {
      let settled = 0;
      for (let end = TURN_BYTES; settled < text.length; end += TURN_BYTES) {
        const start = Math.max(0, settled - masker.lookaround);
        settled = start + masker.mask(text.subarray(start, end), settled - start, end >= text.length).settled;
      }
    },
    peers: {
      'a copy': (text) => {
        for (let at = 0; at < text.length; at += TURN_BYTES) Buffer.from(text.subarray(at, at + TURN_BYTES));
      },
      'one RegExp': (text) => {
        for (let at = 0; at < text.length; at += TURN_BYTES) Buffer.from(text.toString('latin1', at, at + TURN_BYTES).replace(pattern, (found) => '*'.repeat(found.length)), 'latin1');
      },
      'a search per needle': (text) => {
        const output = Buffer.from(text);
        for (const needle of buffers) for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) output.fill(0x2a, at, at + needle.length);
      },
    },
  };
}

/** MB per second of processor time, one a round. */
function rates(work: Way, text: Buffer, rounds: number): number[] {
  return Array.from({ length: rounds }, () => {
    const begun = process.cpuUsage();
    work(text);
    const used = process.cpuUsage(begun);
    return text.length / Math.max(1, used.user + used.system);
  });
}

async function measure({ smoke, say }: BenchRun): Promise<Comparison[]> {
  const secrets = benchSecrets();
  const { masker, peers } = waysOf(secretNeedles(secrets).slice(0, NEEDLES));
  const rounds = smoke ? 1 : ROUNDS;
  return Object.entries(textsOf(secrets, smoke ? BYTES / 16 : BYTES)).flatMap(([name, text]) => {
    const allPeers = () => Object.entries(peers).map(([way, work]) => rates(work, way === 'a copy' ? text : text.subarray(0, text.length * SLOW), rounds));
    const before = allPeers();
    const product = rates(masker, text, rounds);
    const after = allPeers();
    say(`${name}: ${Math.round(Math.max(...product))} MB/s at best`);
    return Object.keys(peers).map((way, index): Comparison => ({
      name,
      unit: 'MB/s',
      product,
      peer: { name: way, before: before[index]!, after: after[index]! },
      goal: name === 'a log' && index === 0 ? { of: 'value', atLeast: 300 } : null,
    }));
  });
}

export const row: BenchRow = {
  id: 'S9',
  title: 'masking on one core',
  what: 'How fast output is masked with 160 needles (the forms in which eight secrets can appear), in megabytes a second of processor time of one core.',
  how: 'The product’s masker goes over 64 MB of each text in turns of 512 KB with the surroundings of each turn, as the collector does. Beside it, on the same text: a plain copy of the bytes, one regular expression of all needles, and one search a needle (those two on an eighth of it). Five rounds each, in one process.',
  leavesOut: 'Reading and writing files (S1 has them). The peers are less strict: they find neither matches that go over colour codes or line ends, nor overlapping ones, nor tokens that are known by their shape only. Text that is dense with colour codes costs the masker more than a log: there each is looked at.',
  needs: 'node',
  measure,
};
