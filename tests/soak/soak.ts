import { setTimeout as sleep } from 'node:timers/promises';
import { inLoadPlace } from '@/tests/load/in-load-place';
import type { LoadPlace } from '@/tests/load/load-place';
import { printTable, saveResult } from '@/tests/load/load-report';
import { createWorkspaces } from '@/tests/load/load-workspaces';
import { growthOf } from '@/tests/soak/growth';
import type { SoakOptions } from '@/tests/soak/soak-options.mjs';
import { workOn, type SoakWork } from '@/tests/soak/soak-people';
import { readSoak, type SoakReading } from '@/tests/soak/soak-readings';
import { SoakRuns } from '@/tests/soak/soak-runs';
import { keepLooking } from '@/tests/soak/soak-tabs';
import { judgeSoak, type SoakFindings } from '@/tests/soak/soak-verdict';

/**
 * REL-28, `npm run soak`: people at work for two hours on a product of its own (workspaces that come and go, runs with output, tabs that open
 * and close), and every minute a look at what each process takes. Ends with 0 when nothing grows and nothing is left behind.
 */
const GONE_WITHIN_MS = 300_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function soak(place: LoadPlace, options: SoakOptions): Promise<boolean> {
  const { product, people, repositoryUrl } = place;
  say(`${options.people} people with ${options.tabs} tabs each, ${options.minutes} minutes; --seed ${options.seed}`);
  const work: SoakWork = { repositoryUrl, runs: [], done: new Map(), refused: new Map(), errors: new Map() };
  await createWorkspaces(place, options.people, say); // without one that becomes ready there is nothing to soak, and that is said at once
  const ending = new AbortController();
  const working = people.map((person, index) => workOn(person, work, options.seed + index, ending.signal));
  const looking = people.flatMap((person, index) => Array.from({ length: options.tabs }, (_, tab) => keepLooking(product.origin, person, work, options.seed + 100 * index + tab, ending.signal)));
  const runs = new SoakRuns();
  const { readings, replaced } = await readEveryMinute(place, options.minutes, runs);
  ending.abort();
  await Promise.all(working);
  await runs.look(product);
  const streams = (await Promise.all(looking)).reduce((sum, one) => ({ streams: sum.streams + one.streams, events: sum.events + one.events }), { streams: 0, events: 0 });
  const end = await afterTheLast(place, options.minutes);
  const findings: SoakFindings = { readings, end, errors: Object.fromEntries([...work.errors, ...runs.problems()]), replaced, runs: work.done.get('start a run') ?? 0, ended: runs.counts() };
  const judged = judgeSoak(findings);
  report(findings, work, streams);
  for (const { what, passed } of judged) say(`  ${passed ? '✓' : '✗'} ${what}`);
  await saveResult('soak', { options, done: Object.fromEntries(work.done), refused: Object.fromEntries(work.refused), streams, ...findings, growth: growthOf(readings), judged });
  return judged.every(({ passed }) => passed);
}

async function readEveryMinute({ product }: LoadPlace, minutes: number, runs: SoakRuns): Promise<{ readings: SoakReading[]; replaced: string[] }> {
  const first = product.processes();
  const readings: SoakReading[] = [];
  for (const began = performance.now(); ; ) {
    const minute = (performance.now() - began) / 60_000;
    const reading = await readSoak(product, minute);
    readings.push(reading);
    await runs.look(product);
    const { figures } = reading;
    say(`${minute.toFixed(0).padStart(4)} min  ${Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(0)}`).join('  ')}`);
    if (minute >= minutes) break;
    await sleep(Math.min(60_000, Math.max(0, began + minutes * 60_000 - performance.now())));
  }
  const now = product.processes();
  const names = Object.keys(first) as (keyof typeof first)[];
  return { readings, replaced: names.filter((name) => now[name]?.pid !== first[name]?.pid) };
}

/** Everybody deletes what they have; when nothing is left of it, or after a while, the last look is taken. */
async function afterTheLast({ product, people }: LoadPlace, minute: number): Promise<SoakReading> {
  for (const { status, statusReason } of (await Promise.all(people.map(({ client }) => client.workspaces.list.query()))).flat()) say(`  a workspace is ${status}${statusReason ? `: ${statusReason}` : ''}`);
  say('deleting all workspaces …');
  for (const deadline = Date.now() + GONE_WITHIN_MS; ; ) {
    const left = (await Promise.all(people.map(async (person) => (await person.client.workspaces.list.query()).map((workspace) => ({ person, workspace }))))).flat();
    for (const { person, workspace } of left.filter(({ workspace: { status } }) => status !== 'deleting')) await person.client.workspaces.delete.mutate({ workspaceId: workspace.id });
    const reading = await readSoak(product, minute);
    const isClean = judgeSoak({ readings: [], end: reading, errors: {}, replaced: [], runs: 1, ended: { succeeded: 1 } }).every(({ passed }) => passed);
    if ((left.length === 0 && isClean) || Date.now() > deadline) return reading;
    await sleep(2_000);
  }
}

function report({ readings, end, errors }: SoakFindings, work: SoakWork, { streams, events }: { streams: number; events: number }): void {
  const [first, last] = [readings[0]?.figures ?? {}, readings.at(-1)?.figures ?? {}];
  const risen = new Map(growthOf(readings).map((one) => [one.name, one]));
  const rows = Object.keys(last).map((name) => [name, ...[first[name], last[name], risen.get(name)?.risen, risen.get(name)?.highest, end.figures[name]].map((value) => value?.toFixed(0) ?? '–')]);
  printTable('What each process took, and what lay about', ['', 'first', 'last', 'risen in the second half', 'highest in it', 'without workspaces'], rows);
  printTable('What people did', ['', 'times'], [...[...work.done].toSorted(([one], [other]) => one.localeCompare(other)).map(([name, times]) => [name, String(times)]), ['streams opened', String(streams)], ['events in them', String(events)]]);
  for (const [words, count] of work.refused) say(`  refused, as may be: ${count} × ${words}`);
  for (const [words, count] of Object.entries(errors)) say(`  ${count} × ${words}`);
  say('');
}

// As scripts/soak.mjs has read them.
const options = JSON.parse(process.argv[2] ?? '') as SoakOptions;
const passed = await inLoadPlace(options.people, (place) => soak(place, options));
say(passed ? '\nNothing grew, and nothing was left.' : '\nThe soak has FAILED.');
process.exit(passed ? 0 : 1);
