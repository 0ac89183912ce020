import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchTabSight, type Sight } from '@/components/trpc/tab-sight';

/** A browser with tabs, and one lock that the first of them to ask for it holds until it lets go. */
class Locks {
  #last: Promise<unknown> = Promise.resolve();

  request = (_: string, { signal }: { signal: AbortSignal }, held: () => Promise<unknown>): Promise<unknown> => {
    const turn = this.#last.then(() => (signal.aborted ? Promise.reject(new Error('aborted')) : held()));
    this.#last = turn.catch(() => undefined);
    return turn;
  };
}

let visibility: 'visible' | 'hidden';
const listeners = new Set<() => void>();

function openTab(): { seen: Sight[]; close: () => void } {
  const seen: Sight[] = [];
  const close = watchTabSight((sight) => seen.push(sight));
  return { seen, close };
}

function show(state: typeof visibility): void {
  visibility = state;
  for (const look of listeners) look();
}

beforeEach(() => {
  vi.useFakeTimers();
  visibility = 'visible';
  listeners.clear();
  vi.stubGlobal('document', { get visibilityState() { return visibility; }, addEventListener: (_: string, look: () => void) => listeners.add(look), removeEventListener: (_: string, look: () => void) => listeners.delete(look) });
  vi.stubGlobal('navigator', { locks: new Locks() });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('how a tab is seen', () => {
  it('changes when it has been hidden for ten seconds, and at once when it is shown', async () => {
    const { seen, close } = openTab();
    show('hidden');
    await vi.advanceTimersByTimeAsync(9_900);
    show('visible');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([]);
    show('hidden');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).toEqual(['needed']);
    show('visible');
    expect(seen).toEqual(['needed', 'seen']);
    close();
    show('hidden');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(['needed', 'seen']);
  });

  it('lets one hidden tab of a browser go on with what is needed, and the next one when that is over', async () => {
    const [first, second, third] = [openTab(), openTab(), openTab()];
    show('hidden');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([first.seen, second.seen, third.seen]).toEqual([['needed'], ['away'], ['away']]);
    second.close();
    first.close();
    await vi.advanceTimersByTimeAsync(0);
    expect([second.seen, third.seen]).toEqual([['away'], ['away', 'needed']]);
  });

  it('is the same in a browser without locks, but that every tab goes on', async () => {
    vi.stubGlobal('navigator', {});
    const tabs = [openTab(), openTab()];
    show('hidden');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tabs.map(({ seen }) => seen)).toEqual([['needed'], ['needed']]);
  });
});
