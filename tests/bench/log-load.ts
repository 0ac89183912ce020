import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeContainers, startWriter } from '@/tests/bench/log-path-containers';
import { askPart, nextAnswer, startPart, stopPart, type FollowOrder, type ReadersAnswer, type Received } from '@/tests/bench/log-path-messages';
import { BENCH_IMAGE } from '@/tests/bench/log-path-product';
import type { OpenedSource } from '@/tests/bench/opened-sources';

export interface Load {
  writers: number;
  lines: number;
  lineBytes: number;
  linesPerWrite: number;
  /** 0: as fast as they can. */
  linesPerSecond: number;
}

/** What a load came to: when the first writer began (µs since 1970), and what each reader received. */
export interface Loaded {
  startedAt: number;
  received: Received[];
}

/** Writers are started so many at a time. */
const AT_ONCE = 5;
/** What is still on its way when a reader says that it is connected (`docker logs` cannot say it) gets this long: the path is measured, not its opening. */
const SETTLE_MS = 1_000;
let loads = 0;

/** Puts a load on a source: a container for each writer, the readers in one process of their own. `directory` has the program of buildWriter; what a load leaves there is removed. */
export async function putLoad(directory: string, { file, source, open }: OpenedSource, load: Load): Promise<Loaded> {
  const place = path.join(directory, `load-${++loads}`);
  const logs = Array.from({ length: load.writers }, (_, index) => path.join(place, String(index), 'out.raw'));
  await mkdir(place);
  await chmod(place, 0o777); // the writer is another user, and notes there when it began
  const containers: string[] = [];
  const readers = await startPart('log-readers.ts', {});
  try {
    for (const log of logs) {
      await mkdir(path.dirname(log));
      await writeFile(log, '');
      await chmod(log, 0o666);
    }
    const inContainer = (name: string): string => path.join('/bench', path.relative(directory, name));
    const start = async (log: string, index: number): Promise<string> => startWriter(BENCH_IMAGE, directory, {
      ...load,
      output: source.reads === 'container' ? '-' : inContainer(log),
      phaseMicroseconds: load.linesPerSecond === 0 ? 0 : Math.round((index * 1_000_000) / load.linesPerSecond / load.writers),
      goFile: inContainer(path.join(place, 'go')),
      startFile: inContainer(path.join(place, `start-${index}`)),
    });
    for (let at = 0; at < logs.length; at += AT_ONCE) containers.push(...(await Promise.all(logs.slice(at, at + AT_ONCE).map(async (log, index) => start(log, at + index)))));
    const served = await open.serve(logs.map((log, index) => ({ file: log, container: containers[index] ?? '' })));
    const expected = { sourceFile: file, addresses: served.addresses, bytes: load.lines * load.lineBytes, measureLines: load.linesPerSecond > 0 };
    try {
      const received = await read(readers, expected, path.join(place, 'go'));
      if (source.reads === 'file') await Promise.all(logs.map(async (log, index) => expectSame(log, received[index])));
      const starts = await Promise.all(logs.map(async (_log, index) => Number(await readFile(path.join(place, `start-${index}`), 'utf8'))));
      return { startedAt: Math.min(...starts), received };
    } finally {
      await served.close();
    }
  } finally {
    await stopPart(readers);
    await removeContainers(containers);
    await rm(place, { recursive: true, force: true });
  }
}

async function read(readers: Awaited<ReturnType<typeof startPart>>, order: FollowOrder, goFile: string): Promise<Received[]> {
  expectKind(await askPart<ReadersAnswer>(readers, order), 'connected');
  await delay(SETTLE_MS);
  const received = nextAnswer<ReadersAnswer>(readers);
  await writeFile(goFile, '');
  return expectKind(await received, 'received').received;
}

/** A source that is quick and wrong is no source. */
async function expectSame(log: string, received: Received | undefined): Promise<void> {
  if (createHash('sha256').update(await readFile(log)).digest('hex') !== received?.sha256) throw new Error('What arrived is not what was written.');
}

function expectKind<K extends ReadersAnswer['kind']>(answer: ReadersAnswer, kind: K): Extract<ReadersAnswer, { kind: K }> {
  if (answer.kind === 'failed') throw new Error(answer.reason);
  if (answer.kind !== kind) throw new Error(`A reader was to be ${kind} and is ${answer.kind}.`);
  return answer as Extract<ReadersAnswer, { kind: K }>;
}
