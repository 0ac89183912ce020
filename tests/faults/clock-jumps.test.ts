// Before everything else: what looks at the clock must see this one.
import { setClockAhead } from '@/tests/faults/log-path/stepping-clock';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TaskKind } from '@/contract/task';
import { isStillSignedIn } from '@/server/auth/actor';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { whole } from '@/tests/faults/extent';
import { brokenRows, recordMoves } from '@/tests/faults/life-cycle-invariants';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { until } from '@/tests/setup/runtime-container';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/**
 * REL-21: somebody sets the clock of the server in the middle of its work, while its database keeps the right time. Nothing may end by that: no attempt, no lead, no session, and
 * no pause becomes longer or is passed over. `npm test` sets it an hour back, `npm run test:faults` as far as ten years in both ways.
 */
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const jumps: [string, number][] = [['an hour back', -HOUR], ['an hour ahead', HOUR], ['ten years back', -10 * YEAR], ['ten years ahead', 10 * YEAR]];
const RETRY_WITHIN_MS = 30_000;

let bench: TaskBench;
let worker: TestWorker;
let person: SignedIn;

beforeAll(async () => {
  bench = await startTaskBench();
  changeEnvironment({ AUTH_SECRET: 'a'.repeat(64) });
  await recordMoves();
  person = await signedInPerson(database(), 'ada');
  worker = await startTestWorker({ engine: bench.engine });
});
afterEach(() => {
  bench.hook = null;
  setClockAhead(0);
});
afterAll(async () => {
  await worker?.stop();
  await bench?.close();
});

const ask = async (workspaceId: string, kind: TaskKind) => (await requestTask({ workspaceId, kind, cause: 'person', requestedById: bench.owner.userId })) ?? '';

describe('D2-23 REL-21 a clock that is set', () => {
  it.each(whole ? jumps : jumps.slice(0, 1))('%s ends nothing that is under way, and the next is as usual', async (_how, by) => {
    const opened = Promise.withResolvers<void>();
    let waiting = 0;
    bench.hook = async (method) => {
      if (method !== 'createContainer') return;
      waiting += 1;
      await opened.promise;
    };
    const under = await bench.addWorkspace();
    const taskId = await ask(under.id, 'start');
    await until('the task to be under way', () => waiting === 1);
    setClockAhead(by);
    expect(await isStillSignedIn(person.actor)).toBe(true);
    await sleep(3_000); // two looks of the lead, six of the attempt
    expect(await worker.lead.isHeld()).toBe(true);
    expect((await bench.task(taskId)).status).toBe('running');
    opened.resolve();
    expect(await bench.finalTask(taskId)).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'succeeded' }] });

    const begun = performance.now();
    expect(await bench.finalTask(await ask(under.id, 'stop'))).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'succeeded' }] });
    expect(performance.now() - begun).toBeLessThan(RETRY_WITHIN_MS);
    expect(await isStillSignedIn(person.actor)).toBe(true);
    expect(await brokenRows()).toEqual([]);
  });

  it.each(whole ? jumps : jumps.slice(0, 1))('%s leaves the pause before the next try as long as it is, without a look in between', async (_how, by) => {
    const { id } = await bench.addWorkspace();
    setClockAhead(by);
    let [failures, looks] = [1, 0];
    bench.hook = (method) => {
      looks += 1;
      if (method === 'startContainer' && failures-- > 0) throw new AnyonError('unavailable', 'Could not start the container: Docker did not answer within 30 s.');
    };
    const taskId = await ask(id, 'start');
    await bench.taskWhere(taskId, ({ status }) => status === 'retrying');
    const [failed, before] = [performance.now(), looks];
    const { status, attempts } = await bench.finalTask(taskId);
    const took = performance.now() - failed;
    expect({ status, outcomes: attempts.map(({ outcome }) => outcome) }).toEqual({ status: 'succeeded', outcomes: ['failed', 'succeeded'] });
    expect(took).toBeGreaterThan(1_000); // the rule's 2 s, a quarter less
    expect(took).toBeLessThan(RETRY_WITHIN_MS);
    expect(looks - before).toBeLessThan(100);
  });
});
