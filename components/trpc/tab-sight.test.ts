import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchTabSight, type Sight } from '@/components/trpc/tab-sight';

/** A browser: its tabs, and the one lock that the first of them to ask for it holds until it is closed. */
let waiting: (() => void)[];
let visibility: 'visible' | 'hidden';
let look: () => void;

function openTab(): { seen: Sight[]; show: (state: 'visible' | 'hidden') => void } {
  const seen: Sight[] = [];
  watchTabSight((sight) => seen.push(sight));
  const lookOfThis = look;
  const show = (state: typeof visibility) => {
    visibility = state;
    lookOfThis();
  };
  return { seen, show };
}

beforeEach(() => {
  vi.useFakeTimers();
  waiting = [];
  visibility = 'visible';
  vi.stubGlobal('document', { get visibilityState() { return visibility; }, addEventListener: (_: string, listener: () => void) => (look = listener) });
  vi.stubGlobal('navigator', { locks: { request: (_: string, held: () => Promise<unknown>) => { waiting.push(held); if (waiting.length === 1) void held(); return new Promise(() => undefined); } } });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('how a tab is seen', () => {
  it('changes when it has been hidden for ten seconds, and at once when it is shown', () => {
    const { seen, show } = openTab();
    show('hidden');
    vi.advanceTimersByTime(9_900);
    show('visible');
    vi.advanceTimersByTime(60_000);
    expect(seen).toEqual([]);
    show('hidden');
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual(['needed']);
    show('visible');
    expect(seen).toEqual(['needed', 'seen']);
  });

  it('lets one hidden tab of a browser go on with what is needed, and the next one when that is closed', () => {
    const tabs = [openTab(), openTab(), openTab()];
    for (const { show } of tabs) show('hidden');
    vi.advanceTimersByTime(10_000);
    expect(tabs.map(({ seen }) => seen)).toEqual([['needed'], ['away'], ['away']]);
    waiting[1]?.();
    expect(tabs.map(({ seen }) => seen)).toEqual([['needed'], ['away', 'needed'], ['away']]);
  });

  it('is the same in a browser without locks, but that every tab goes on', () => {
    vi.stubGlobal('navigator', {});
    const tabs = [openTab(), openTab()];
    for (const { show } of tabs) show('hidden');
    vi.advanceTimersByTime(10_000);
    expect(tabs.map(({ seen }) => seen)).toEqual([['needed'], ['needed']]);
  });
});
