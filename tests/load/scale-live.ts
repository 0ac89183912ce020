import { errorCount, watchLoad, type Noticed } from '@/tests/load/load-measure';
import type { LoadPlace } from '@/tests/load/load-place';
import { figure, printTable } from '@/tests/load/load-report';
import { startRuns, stopRuns, type LoadRun } from '@/tests/load/load-runs';
import { inLoadPlace } from '@/tests/load/in-load-place';
import { createWorkspaces } from '@/tests/load/load-workspaces';

const PEOPLE = 5;
const LINES_PER_SECOND = 20;
/** Longer than all steps together. */
const RUN_SECONDS = 3_600;

export interface LiveSteps {
  /** Live runs, each watched by one tab. */
  runs: readonly number[];
  /** Tabs over the most runs. */
  viewers: readonly number[];
  seconds: number;
}

interface Step {
  name: string;
  noticed: Noticed;
}

/** What live runs and their viewers cost, in steps, on one product: processors and memory of each process, and how old a line is. All runs are the metronome's. */
export async function measureLive(steps: LiveSteps, say: (line: string) => void): Promise<object> {
  return inLoadPlace(PEOPLE, async (place) => {
    const most = Math.max(...steps.runs);
    const workspaces = await createWorkspaces(place, most, say);
    const runs: LoadRun[] = [];
    const measured: Step[] = [];
    for (const count of steps.runs) {
      const more = workspaces.slice(runs.length, count);
      runs.push(...(await startRuns(more, { runs: more.length, cli: 0, linesPerSecond: LINES_PER_SECOND, seconds: RUN_SECONDS }, say)));
      measured.push(await step(place, `${count} runs, ${count} tabs`, runs, count, steps.seconds, say));
    }
    for (const tabs of steps.viewers) measured.push(await step(place, `${most} runs, ${tabs} tabs`, runs, tabs, steps.seconds, say));
    await stopRuns(runs);
    report(measured);
    return { steps, measured: measured.map(({ name, noticed }) => ({ name, ages: noticed.all.summary(), processors: noticed.processors, megabytes: noticed.memory.at(-1)?.megabytes, errors: Object.fromEntries(noticed.errors) })) };
  });
}

async function step(place: LoadPlace, name: string, runs: readonly LoadRun[], tabs: number, seconds: number, say: (line: string) => void): Promise<Step> {
  say(`\n${name}`);
  return { name, noticed: await watchLoad(place, runs, tabs, seconds, say) };
}

function report(measured: readonly Step[]): void {
  const processes = Object.keys(measured[0]?.noticed.processors ?? {});
  printTable('Live runs and viewers: processors', ['', ...processes], measured.map(({ name, noticed }) => [name, ...processes.map((process) => figure(noticed.processors[process] ?? 0, 2))]));
  printTable('Live runs and viewers: MB', ['', ...processes], measured.map(({ name, noticed }) => [name, ...processes.map((process) => figure(noticed.memory.at(-1)?.megabytes[process] ?? 0))]));
  printTable('Live runs and viewers: a line, written in the container → event in the tab, ms', ['', 'lines', 'p50', 'p99', 'max', 'errors'], measured.map(({ name, noticed }) => {
    const { lines, p50, p99, max } = noticed.all.summary();
    return [name, String(lines), figure(p50), figure(p99), figure(max), String(errorCount(noticed))];
  }));
}
