import { inLoadPlace } from '@/tests/load/in-load-place';
import { errorCount, watchLoad, type Noticed } from '@/tests/load/load-measure';
import type { LoadOptions } from '@/tests/load/load-options.mjs';
import type { LoadPlace } from '@/tests/load/load-place';
import { figure, printTable, saveResult } from '@/tests/load/load-report';
import { startRuns, statesOf, stopRuns, type LoadRun } from '@/tests/load/load-runs';
import { judgeLoad, memoryGrowth, type Verdict } from '@/tests/load/load-verdict';
import { createWorkspaces } from '@/tests/load/load-workspaces';

/**
 * REL-20, `npm run load`: fifty live runs with 20 lines a second each, two hundred workspaces and a hundred tabs of browsers on a product of its
 * own, for ten minutes. Ends with 0 when nothing went wrong, 99 of 100 lines were seen within a second and no process grew.
 */
const PEOPLE = 5;
/** The runs go on for a while after the measurement: what opening and stopping takes on a slow machine. */
const SPARE_SECONDS = 900;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function load(place: LoadPlace, options: LoadOptions): Promise<Verdict> {
  const workspaces = await createWorkspaces(place, options.workspaces, say);
  const seconds = options.minutes * 60;
  const runs = await startRuns(workspaces, { ...options, seconds: seconds + SPARE_SECONDS }, say);
  say(`\n${runs.length} runs write ${options.linesPerSecond} lines a second each, ${options.cli} of them the CLI's; ${workspaces.length} workspaces; ${options.streams} tabs; ${options.minutes} minutes`);
  const noticed = await watchLoad(place, runs, options.streams, seconds, say);
  const states = await statesOf(runs);
  const ended = runs.length - (states['running'] ?? 0);
  if (ended > 0) noticed.errors.set(`Runs that did not stay running: ${JSON.stringify(states)}`, ended);
  await stopRuns(runs);
  const verdict = judgeLoad({ ages: noticed.all.summary(), expectedLines: expectedLines(noticed, runs, options), errors: errorCount(noticed), memory: noticed.memory });
  report(noticed, verdict);
  await saveResult('load', { options, states, ...figuresOf(noticed), verdict });
  return verdict;
}

/** Of 25 lines of the metronome 24 carry a time. The CLI says less than it is asked for, as it has turns to begin and end. */
function expectedLines(noticed: Noticed, runs: readonly LoadRun[], { linesPerSecond }: LoadOptions): number {
  const onCli = runs.filter(({ by }) => by === 'cli').length / runs.length;
  return Math.round((noticed.tabs['run'] ?? 0) * linesPerSecond * noticed.seconds * (onCli * 0.8 + (1 - onCli) * 0.96));
}

function figuresOf(noticed: Noticed): object {
  const { errors, memory, processors, tabs, seconds } = noticed;
  const ages = { all: noticed.all.summary(), opening: noticed.opening.summary(), metronome: noticed.ages.metronome.summary(), cli: noticed.ages.cli.summary() };
  const answers = { run: noticed.answers.run.summary(), board: noticed.answers.board.summary(), list: noticed.answers.list.summary() };
  return { seconds, tabs, ages, answers, processors, memory, growth: memoryGrowth(memory), errors: Object.fromEntries(errors) };
}

function report(noticed: Noticed, { passed, judged }: Verdict): void {
  const row = (name: string, { lines, p50, p99, max }: ReturnType<Noticed['all']['summary']>) => [name, String(lines), figure(p50), figure(p99), figure(max)];
  printTable('How old a line is when a browser has it, and how long a page waits, ms', ['', 'count', 'p50', 'p99', 'max'], [
    row('lines, written in the container → event in the tab', noticed.ages.metronome.summary()),
    row('lines of the CLI, sent by the model → event in the tab', noticed.ages.cli.summary()),
    row('before that, lines while the tabs opened', noticed.opening.summary()),
    row('the run, fetched again', noticed.answers.run.summary()),
    row('the board, fetched again', noticed.answers.board.summary()),
    row('the list of workspaces, fetched again', noticed.answers.list.summary()),
  ]);
  const growth = new Map(memoryGrowth(noticed.memory).map((one) => [one.process, one]));
  const last = noticed.memory.at(-1)?.megabytes ?? {};
  printTable('What each process took', ['', 'MB at the end', 'MB more in the second half', 'processors'], Object.keys(last).map((name) => [name, figure(last[name]!), figure(growth.get(name)?.megabytes ?? Number.NaN, 1), figure(noticed.processors[name] ?? 0, 2)]));
  for (const [words, count] of noticed.errors) say(`  ${count} × ${words}`);
  say('');
  for (const one of judged) say(`  ${one.passed ? '✓' : '✗'} ${one.what}`);
  say(passed ? '\nThe load was carried.' : '\nThe load was NOT carried.');
}

// As scripts/load.mjs has read them.
const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const { passed } = await inLoadPlace(PEOPLE, (place) => load(place, options));
process.exit(passed ? 0 : 1);
