import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LineAges } from '@/tests/load/line-ages';
import type { LoadPlace } from '@/tests/load/load-place';
import type { Person } from '@/tests/load/load-people';
import type { LoadRun } from '@/tests/load/load-runs';
import { LoadTab, type TabPage, type TabWitness } from '@/tests/load/load-tab';
import type { MemoryReading } from '@/tests/load/load-verdict';
import { readProcessCosts } from '@/tests/load/process-costs';

/** All that was noticed while the tabs were open. */
export interface Noticed {
  seconds: number;
  all: LineAges;
  /** Of the lines that came while the tabs opened and found their pace; they count nowhere else. */
  opening: LineAges;
  ages: { cli: LineAges; metronome: LineAges };
  answers: Record<TabPage['kind'], LineAges>;
  /** In words, with how often. */
  errors: Map<string, number>;
  memory: MemoryReading[];
  /** Processors that each process took, in the mean. */
  processors: Record<string, number>;
  /** Tabs by what they show. */
  tabs: Record<string, number>;
}

const EVERY_SECONDS = 10;
/** A hundred people do not open their tabs in the same moment; what each opening costs is in `opening`. */
const BETWEEN_OPENINGS_MS = 100;
const SETTLING_MS = 10_000;

/** Opens so many tabs, one after the other, most of them on runs, one in five on the board or the list of workspaces, and watches them for `seconds` from when all are open. */
export async function watchLoad(place: LoadPlace, runs: readonly LoadRun[], streams: number, seconds: number, say: (line: string) => void): Promise<Noticed> {
  const noticed: Noticed = { seconds, all: new LineAges(), opening: new LineAges(), ages: { cli: new LineAges(), metronome: new LineAges() }, answers: { run: new LineAges(), board: new LineAges(), list: new LineAges() }, errors: new Map(), memory: [], processors: {}, tabs: {} };
  const { all } = noticed;
  let isOpening = true;
  const witness: TabWitness = {
    line: (by, age) => {
      if (isOpening) return noticed.opening.add(age);
      noticed.ages[by].add(age);
      all.add(age);
    },
    answered: (page, ms) => void (isOpening || noticed.answers[page].add(ms)),
    error: (words) => void noticed.errors.set(words, (noticed.errors.get(words) ?? 0) + 1),
  };
  const pages = pagesFor(place, runs, streams);
  const tabs = pages.map(({ person, page }) => new LoadTab(person, page, witness));
  for (const { page } of pages) noticed.tabs[page.kind] = (noticed.tabs[page.kind] ?? 0) + 1;
  try {
    const opened: Promise<void>[] = [];
    for (const tab of tabs) {
      opened.push(tab.open(place.product.origin));
      await sleep(BETWEEN_OPENINGS_MS);
    }
    await Promise.all(opened);
    await sleep(SETTLING_MS);
    isOpening = false;
    const before = readProcessCosts(place.product);
    const began = performance.now();
    for (let next = EVERY_SECONDS; ; next += EVERY_SECONDS) {
      const { megabytes } = readProcessCosts(place.product);
      noticed.memory.push({ second: Math.round((performance.now() - began) / 1_000), megabytes });
      await sleep(Math.max(0, began + Math.min(next, seconds) * 1_000 - performance.now()));
      say(progressLine(Math.round((performance.now() - began) / 1_000), all, errorCount(noticed), megabytes));
      if (next >= seconds) break;
    }
    const after = readProcessCosts(place.product);
    noticed.seconds = (performance.now() - began) / 1_000;
    noticed.memory.push({ second: Math.round(noticed.seconds), megabytes: after.megabytes });
    for (const name of Object.keys(after.cpuSeconds)) noticed.processors[name] = ((after.cpuSeconds[name] ?? 0) - (before.cpuSeconds[name] ?? 0)) / noticed.seconds;
  } finally {
    for (const tab of tabs) tab.close();
  }
  return noticed;
}

export function errorCount({ errors }: Noticed): number {
  return [...errors.values()].reduce((sum, count) => sum + count, 0);
}

/** Of ten tabs eight show runs, each person's own one after the other and around again, one the board and one the list of workspaces. */
function pagesFor(place: LoadPlace, runs: readonly LoadRun[], streams: number): { person: Person; page: TabPage }[] {
  const onRuns = new Map<Person, number>();
  return Array.from({ length: streams }, (_, index) => {
    const person = place.people[index % place.people.length]!;
    const own = runs.filter(({ owner }) => owner === person);
    if (index % 10 >= 8 || own.length === 0) return { person, page: { kind: index % 10 === 8 ? 'board' : 'list' } };
    const turn = onRuns.get(person) ?? 0;
    onRuns.set(person, turn + 1);
    return { person, page: { kind: 'run', run: own[turn % own.length]! } };
  });
}

function progressLine(second: number, all: LineAges, errors: number, megabytes: Record<string, number>): string {
  const { lines, p50, p99, max } = all.latest();
  const memory = Object.entries(megabytes).map(([name, size]) => `${name} ${size.toFixed(0)}`);
  return `${String(second).padStart(5)} s  ${lines} lines  p50 ${p50.toFixed(0)} ms  p99 ${p99.toFixed(0)} ms  max ${max.toFixed(0)} ms  errors ${errors}  MB: ${memory.join(', ')}  load ${os.loadavg()[0]?.toFixed(1)}`;
}
