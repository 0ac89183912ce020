import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Attendant } from '@/server/containers/attendant';
import { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';

const MINUTE = 60_000;

/** An attendant in memory, which answers as it is told. */
class ToldAttendant implements Attendant {
  isThere = true;
  readonly heard: string[] = [];
  answer: string | null = 'begun';

  ask(line: string): Promise<string | null> {
    this.heard.push(line);
    if (this.answer === null) this.dismiss();
    return Promise.resolve(this.isThere ? this.answer : null);
  }

  dismiss(): void {
    this.isThere = false;
  }
}

let brought: { container: string; user: string; attendant: ToldAttendant }[];
let refusal: Error | null;
let attendants: Attendants;

beforeEach(() => {
  vi.useFakeTimers();
  brought = [];
  refusal = null;
  const attend = (container: string, user: string): Promise<Attendant> => {
    const attendant = new ToldAttendant();
    brought.push({ container, user, attendant });
    return refusal ? Promise.reject(refusal) : Promise.resolve(attendant);
  };
  attendants = new Attendants({ attend } as unknown as ContainerEngine);
});
afterEach(() => {
  attendants.dismiss();
  vi.useRealTimers();
});

const ask = (container = 'one', line = 'start a'): Promise<string | null> => attendants.ask(container, '1000:1000', line);
const there = (): boolean[] => brought.map(({ attendant }) => attendant.isThere);

it('is brought in once for all that is asked in a container', async () => {
  attendants.call('one', '1000:1000');
  expect(await ask('one', 'secrets a')).toBe('begun');
  expect(await ask('one', 'start a')).toBe('begun');
  expect(await ask('two')).toBe('begun');
  expect(brought.map(({ container, user, attendant }) => [container, user, attendant.heard])).toEqual([
    ['one', '1000:1000', ['secrets a', 'start a']],
    ['two', '1000:1000', ['start a']],
  ]);
});

it('is let go when nothing has begun for ten minutes, and all of them with the worker', async () => {
  await ask('one');
  await vi.advanceTimersByTimeAsync(9 * MINUTE);
  await ask('one');
  await ask('two');
  await vi.advanceTimersByTimeAsync(9 * MINUTE);
  expect(there()).toEqual([true, true]);
  attendants.call('two', '1000:1000');
  await vi.advanceTimersByTimeAsync(1 * MINUTE);
  expect(there()).toEqual([false, true]);
  attendants.dismiss();
  await vi.advanceTimersByTimeAsync(0);
  expect(there()).toEqual([false, false]);
});

it('one that has gone is followed by another', async () => {
  await ask();
  brought[0]?.attendant.dismiss();
  expect(await ask()).toBe('begun');
  expect(brought).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(9 * MINUTE);
  expect(there()).toEqual([false, true]);
});

it('one that goes while it is asked gives no answer, and none that it does not understand', async () => {
  await ask();
  for (const answer of ['?', null]) {
    if (brought[0]) brought[0].attendant.answer = answer;
    expect(await ask()).toBeNull();
  }
  expect(brought).toHaveLength(1);
});

it('where none can be had, or it never says a word, not every start tries anew', async () => {
  refusal = new Error('no such container');
  expect([await ask(), await ask()]).toEqual([null, null]);
  expect(brought).toHaveLength(1);
  refusal = null;
  await vi.advanceTimersByTimeAsync(MINUTE);
  attendants.call('one', '1000:1000');
  if (brought[1]) brought[1].attendant.answer = null;
  expect([await ask(), await ask()]).toEqual([null, null]);
  expect(brought).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(await ask()).toBe('begun');
});
