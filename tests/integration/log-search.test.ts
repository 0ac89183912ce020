import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_LOG_HITS, searchAllLogsInput, searchLogInput, type LogHit, type LogSearchAllEvent, type LogSearchEvent } from '@/contract/log-search';
import { runs } from '@/db/schema';
import { requireRunAccess } from '@/server/runs/access';
import { runLogPath } from '@/server/runs/log-index/read-log-lines';
import { allowSearchAll, searchAllRuns } from '@/server/runs/log-search/search-all';
import { allowSearch, searchRun } from '@/server/runs/log-search/search-run';
import { occupySearch } from '@/server/runs/log-search/search-slots';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

let directory: string;
let bench: SignInBench;
let owner: SignedIn;
let other: SignedIn;
let admin: SignedIn;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-log-search-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory });
  owner = await signedInPerson(bench.database, 'owner');
  other = await signedInPerson(bench.database, 'other');
  admin = await signedInPerson(bench.database, 'root', 'admin');
});
afterAll(async () => {
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

async function runWith(person: SignedIn, out: string, err = ''): Promise<{ runId: string; workspaceId: string }> {
  const { runId, workspaceId } = await workspaceWithRun(bench.database, person.actor);
  mkdirSync(path.dirname(runLogPath(runId, 'out')), { recursive: true });
  writeFileSync(runLogPath(runId, 'out'), out);
  writeFileSync(runLogPath(runId, 'err'), err);
  return { runId, workspaceId };
}

async function* searching(runId: string, input: object, signal = new AbortController().signal, person = owner) {
  const access = await requireRunAccess(person.actor, runId);
  yield* searchRun(access, allowSearch(access, searchLogInput.parse({ runId, ...input })), signal);
}

/** Searches to the end. */
async function search(runId: string, input: object): Promise<{ hits: LogHit[]; last: LogSearchEvent; events: { id: string; event: LogSearchEvent }[] }> {
  const events: { id: string; event: LogSearchEvent }[] = [];
  for await (const each of searching(runId, input)) events.push(each);
  return { hits: events.flatMap(({ event }) => event.hits), last: events.at(-1)?.event as LogSearchEvent, events };
}

async function searchAll(person: SignedIn, input: object): Promise<LogSearchAllEvent[]> {
  const parsed = searchAllLogsInput.parse(input);
  await allowSearchAll(person.actor, parsed);
  const events: LogSearchAllEvent[] = [];
  for await (const { event } of searchAllRuns(person.actor, parsed, new AbortController().signal)) events.push(event);
  return events;
}

describe('searching the log of a run (N14)', () => {
  it('finds every hit of both streams with its line, and counts on beyond what it sends', async () => {
    const total = 300_000;
    const { runId } = await runWith(owner, Array.from({ length: total }, (_, at) => `line ${at + 1}${at % 10 === 9 ? ' Needle' : ''}\n`).join(''), 'a needle in the error output\nneedles\n');
    const { hits, last } = await search(runId, { text: 'needle' });
    expect(last).toMatchObject({ state: 'end', found: total / 10 + 2 });
    expect(last.done).toBe(last.total);
    expect(hits).toHaveLength(MAX_LOG_HITS);
    expect(hits.slice(0, 3).map(({ line, match, before }) => [line, match, before])).toEqual([[10, 'Needle', 'line 10 '], [20, 'Needle', 'line 20 '], [30, 'Needle', 'line 30 ']]);
    expect((await search(runId, { text: 'needle', kind: 'word', caseSensitive: true })).hits).toMatchObject([{ stream: 'err', line: 1, column: 2, offset: 0 }]);
    expect((await search(runId, { text: '^line 29999[0-9]', kind: 'regex', streams: ['out'] })).hits.map(({ line }) => line)).toEqual(Array.from({ length: 10 }, (_, at) => 299_990 + at));
    expect((await search(runId, { text: 'nowhere' })).last).toMatchObject({ found: 0, state: 'end' });
  });

  it('goes on while the log grows, and who comes back gets what lies behind', async () => {
    const { runId } = await runWith(owner, 'one needle\nnee');
    await bench.database.update(runs).set({ status: 'running' }).where(eq(runs.id, runId));
    const events: { id: string; event: LogSearchEvent }[] = [];
    for await (const each of searching(runId, { text: 'needle' })) {
      events.push(each);
      if (each.event.state !== 'waiting') continue;
      if (each.event.found === 1) appendFileSync(runLogPath(runId, 'out'), 'dle, the second\nthe third needle');
      else if (each.event.found === 2) await bench.database.update(runs).set({ status: 'succeeded' }).where(eq(runs.id, runId));
    }
    expect(events.flatMap(({ event }) => event.hits).map(({ line, offset, column }) => [line, offset, column])).toEqual([[1, 0, 4], [2, 11, 0], [3, 30, 10]]);
    const first = events.find(({ event }) => event.found === 1);
    const again = await search(runId, { text: 'needle', lastEventId: first?.id });
    expect(again.hits.map(({ line }) => line)).toEqual([2, 3]);
    expect(again.last.found).toBe(3);
  });

  it('ends when nobody wants it any more, and its place is free again', async () => {
    const { runId } = await runWith(owner, 'x\n');
    await bench.database.update(runs).set({ status: 'running' }).where(eq(runs.id, runId));
    for (let time = 0; time < 5; time += 1) {
      const leave = new AbortController();
      const events: LogSearchEvent[] = [];
      for await (const { event } of searching(runId, { text: 'x' }, leave.signal)) {
        events.push(event);
        if (event.state === 'waiting') leave.abort();
      }
      expect(events.at(-1)).toMatchObject({ state: 'waiting', found: 1 });
    }
  });

  it('refuses in words what is no pattern, what takes for ever, a search too many, and a run of somebody else', async () => {
    const { runId } = await runWith(owner, `${'a'.repeat(50)}b\n`);
    const access = await requireRunAccess(owner.actor, runId);
    const allow = (input: object) => allowSearch(access, searchLogInput.parse({ runId, ...input }));
    expect(() => allow({ text: '[a', kind: 'regex' })).toThrow('not a regular expression');
    expect(() => allow({ text: 'a', lastEventId: 'x' })).toThrow('not a position');
    expect(searchLogInput.safeParse({ runId, text: 'a'.repeat(501) }).success).toBe(false);
    const leave = Array.from({ length: 3 }, () => occupySearch(owner.actor));
    expect(() => allow({ text: 'a' })).toThrow('the most there can be');
    for (const each of leave) each();
    expect(() => allow({ text: 'a' })).not.toThrow();
    const started = performance.now();
    await expect(search(runId, { text: '^(a+)+$', kind: 'regex' })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('takes too long') as string });
    expect(performance.now() - started).toBeLessThan(20_000);
    await expect(searching(runId, { text: 'a' }, undefined, other).next()).rejects.toMatchObject({ kind: 'not_found' });
  });
});

describe('searching across runs (N14)', () => {
  it('finds in all runs that the person may see, the newest first, and in no other', async () => {
    const word = 'unicorn-4711';
    const first = await runWith(owner, `${word} in the first\n`);
    const second = await runWith(owner, `nothing\n${`${word}\n`.repeat(30)}`);
    const foreign = await runWith(other, `${word} of somebody else\n`);
    const found = async (person: SignedIn, input: object = {}) => (await searchAll(person, { text: word, ...input })).flatMap(({ run }) => (run ? [[run.runId, run.found, run.hits.length, run.hits[0]?.line]] : []));
    expect(await found(owner)).toEqual([[second.runId, 30, 20, 2], [first.runId, 1, 1, 1]]);
    expect(await found(other)).toEqual([[foreign.runId, 1, 1, 1]]);
    expect(await found(admin)).toEqual([[foreign.runId, 1, 1, 1], [second.runId, 30, 20, 2], [first.runId, 1, 1, 1]]);
    expect(await found(owner, { workspaceId: first.workspaceId })).toEqual([[first.runId, 1, 1, 1]]);
    expect(await found(owner, { lastEventId: second.runId })).toEqual([[first.runId, 1, 1, 1]]);
    await expect(searchAll(other, { text: word, workspaceId: first.workspaceId })).rejects.toMatchObject({ kind: 'not_found' });
    const last = (await searchAll(owner, { text: 'nowhere-at-all' })).at(-1);
    expect(last).toMatchObject({ run: null, state: 'end', cut: false });
    expect(last?.done).toBe(last?.total);
  });
});
