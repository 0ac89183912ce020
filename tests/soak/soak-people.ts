import { setTimeout as sleep } from 'node:timers/promises';
import { TRPCClientError } from '@trpc/client';
import type { Person } from '@/tests/load/load-people';
import { chanceFrom, type Chance } from '@/tests/faults/chosen-by-seed';

/** What a person does all the time, and what came of it. */
export interface SoakWork {
  repositoryUrl: string;
  /** Runs of the last minutes, for those who watch. */
  runs: { runId: string; person: Person }[];
  /** How often each thing was asked. */
  done: Map<string, number>;
  /** What was refused as belongs to the game, by what was asked and the answer: when hardly anything is done, it says why. */
  refused: Map<string, number>;
  /** What should not have been, in words. */
  errors: Map<string, number>;
}

const WORKSPACES_EACH = 3;
/** Refusals that belong to the game: somebody was quicker, or the state does not allow it. */
const expected: ReadonlySet<string> = new Set(['conflict', 'precondition', 'not_found', 'limit_reached']);
/** Of what no state may refuse: that it is gone. */
const gone: ReadonlySet<string> = new Set(['not_found']);
/** A few thousand lines at once, then some slow ones. */
const PROMPT = '[[sim:bash cmd="seq 1 4000; sleep 1; seq 1 50; sleep 1"]] [[sim:text text="done"]]';

type Act = (person: Person, workspaceId: string, work: SoakWork) => Promise<unknown>;

const acts: Readonly<Record<string, { weight: number; act: Act; refusals?: ReadonlySet<string> }>> = {
  'start a run': { weight: 8, act: async (person, workspaceId, { runs }) => void runs.push({ runId: (await person.client.runs.start.mutate({ workspaceId, prompt: PROMPT })).id, person }) },
  'follow up': { weight: 2, act: (person, _, { runs }) => withNewest(runs, person, (runId) => person.client.followUps.add.mutate({ runId, prompt: PROMPT })) },
  interrupt: { weight: 1, act: (person, _, { runs }) => withNewest(runs, person, (runId) => person.client.followUps.add.mutate({ runId, prompt: PROMPT, now: true })) },
  'stop a run': { weight: 1, act: (person, _, { runs }) => withNewest(runs, person, (runId) => person.client.runs.stop.mutate({ runId })) },
  'read a conversation': { weight: 4, refusals: gone, act: (person, _, { runs }) => withNewest(runs, person, (runId) => person.client.conversations.events.query({ runId, limit: 50 })) },
  start: { weight: 4, act: ({ client }, workspaceId) => client.workspaces.start.mutate({ workspaceId }) },
  stop: { weight: 1, act: ({ client }, workspaceId) => client.workspaces.stop.mutate({ workspaceId }) },
  restart: { weight: 1, act: ({ client }, workspaceId) => client.workspaces.restart.mutate({ workspaceId }) },
  archive: { weight: 1, act: ({ client }, workspaceId) => client.workspaces.archive.mutate({ workspaceId }) },
  restore: { weight: 2, act: ({ client }, workspaceId) => client.workspaces.restore.mutate({ workspaceId }) },
  delete: { weight: 1, act: ({ client }, workspaceId) => client.workspaces.delete.mutate({ workspaceId }) },
  'start all': { weight: 1, act: ({ client }, workspaceId) => client.batches.start.mutate({ action: 'start', selection: { workspaceIds: [workspaceId] } }) },
  'set a secret': { weight: 1, refusals: gone, act: ({ client }) => client.secrets.set.mutate({ name: 'SOAK_KEY', value: `nobody’s value ${Date.now()}` }) },
  'look at the board': { weight: 4, refusals: gone, act: ({ client }) => client.board.cards.query({}) },
};
const chosen = Object.entries(acts).flatMap(([name, { weight }]) => Array.from({ length: weight }, () => name));

/** Somebody at work until the signal: a few workspaces that come and go, and runs in them. */
export async function workOn(person: Person, work: SoakWork, seed: number, signal: AbortSignal): Promise<void> {
  const chance = chanceFrom(seed);
  while (!signal.aborted) {
    await oneThing(person, work, chance);
    await sleep(chance.oneOf([200, 600, 1_500, 3_000]), undefined, { signal }).catch(() => undefined);
  }
}

async function oneThing(person: Person, work: SoakWork, chance: Chance): Promise<void> {
  let what = 'list workspaces';
  try {
    const mine = (await person.client.workspaces.list.query()).filter(({ status }) => status !== 'deleting');
    if (mine.length < WORKSPACES_EACH) {
      what = 'create';
      await person.client.workspaces.create.mutate({ repositoryUrl: work.repositoryUrl, name: `${person.login} soaks`, limits: { memoryBytes: 1024 ** 3, cpus: 1 } });
    } else {
      what = chance.oneOf(chosen);
      await acts[what]?.act(person, chance.oneOf(mine).id, work);
    }
    count(work.done, what);
  } catch (error) {
    const kind = error instanceof TRPCClientError ? (error.data as { kind?: string } | undefined)?.kind : undefined;
    const refusals = acts[what]?.refusals ?? expected;
    count(kind !== undefined && refusals.has(kind) ? work.refused : work.errors, `${what}: ${kind ?? ''} ${error instanceof Error ? error.message : String(error)}`);
  }
}

const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

/** Does something with the newest run of a person; nothing before the first. Forgets old ones. */
async function withNewest(runs: SoakWork['runs'], person: Person, act: (runId: string) => Promise<unknown>): Promise<void> {
  if (runs.length > 40) runs.splice(0, runs.length - 40);
  const newest = runs.findLast((one) => one.person === person);
  if (newest) await act(newest.runId);
}
