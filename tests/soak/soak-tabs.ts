import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SubscriptionInput } from '@/contract/tab-stream';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import type { Person } from '@/tests/load/load-people';
import { tabStreamAddress, TabStreamReader } from '@/tests/setup/tab-stream-reader';
import type { SoakWork } from '@/tests/soak/soak-people';

/** Somebody looks for so long, then at something else: each time is a new stream, and the end of one. */
const LOOKS_MS = [1_000, 5_000, 20_000, 60_000];

/** One tab that opens, follows the newest run and the changes, goes, and comes back, until the signal. Resolves with how many streams it had and what came. */
export async function keepLooking(origin: string, person: Person, work: SoakWork, seed: number, signal: AbortSignal): Promise<{ streams: number; events: number }> {
  const chance = chanceFrom(seed);
  const seen = { streams: 0, events: 0 };
  while (!signal.aborted) {
    const leaving = new AbortController();
    const leave = AbortSignal.any([signal, leaving.signal]);
    const looked = look(tabStreamAddress(origin, subscriptionsOf(person, work)), person.cookie, leave);
    await sleep(chance.oneOf(LOOKS_MS), undefined, { signal }).catch(() => undefined);
    leaving.abort();
    const { events, problem } = await looked;
    seen.streams += 1;
    seen.events += events;
    if (problem !== null) work.errors.set(problem, (work.errors.get(problem) ?? 0) + 1);
  }
  return seen;
}

function subscriptionsOf(person: Person, { runs }: SoakWork): SubscriptionInput[] {
  const run = runs.findLast((one) => one.person === person);
  const common: SubscriptionInput[] = [{ id: 1, path: 'changes.watch', input: undefined }, { id: 2, path: 'workspaces.metrics', input: {} }];
  return run ? [...common, { id: 3, path: 'runs.log', input: { runId: run.runId, outFrom: 0, errFrom: 0 } }, { id: 4, path: 'conversations.follow', input: { runId: run.runId, from: 0 } }] : common;
}

/** Reads one stream until the signal; an end that nobody asked for is a problem, and so is an answer that is no stream. */
function look(address: string, cookie: string, signal: AbortSignal): Promise<{ events: number; problem: string | null }> {
  const reader = new TabStreamReader();
  let events = 0;
  return new Promise((resolve) => {
    const end = (problem: string) => resolve({ events, problem: signal.aborted ? null : problem });
    const request = get(address, { agent: false, headers: { cookie, accept: 'text/event-stream' }, signal }, (response) => {
      if (response.statusCode !== 200) end(`A stream was answered with ${response.statusCode}.`);
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        try {
          events += reader.take(text).length;
        } catch (error) {
          end(`A stream said what is no event: ${String(error)}`);
        }
      });
      response.on('error', () => undefined); // its end follows
      response.on('close', () => end('A stream has ended by itself.'));
    });
    request.on('error', (error) => end(`A stream broke: ${error.message}`));
  });
}
