import { describe, expect, it, vi } from 'vitest';
import type { Metrics } from '@/contract/metrics';
import { LIVE_READINGS, LiveMetrics } from '@/components/metrics/live-metrics';

function reading(second: number, cpus = 0): Metrics {
  return { at: new Date(second * 1000), cpus, memoryBytes: 0, memoryLimitBytes: 1, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0, diskBytes: null };
}

describe('live readings', () => {
  it('tell only those who look at the workspace that they came for', () => {
    const live = new LiveMetrics();
    const [a, b] = [vi.fn<() => void>(), vi.fn<() => void>()];
    live.subscribe('a', a);
    const leave = live.subscribe('b', b);
    live.add([{ workspaceId: 'a', metrics: reading(1) }, { workspaceId: 'a', metrics: reading(2) }]);
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([1, 0]);
    leave();
    live.add([{ workspaceId: 'b', metrics: reading(1) }]);
    expect(b).not.toHaveBeenCalled();
  });

  it('stand in the order of their times, each once, and are the same array while nothing comes', () => {
    const live = new LiveMetrics();
    for (const second of [3, 1, 2, 3, 1]) live.add([{ workspaceId: 'a', metrics: reading(second, second) }]);
    expect(live.of('a').map(({ cpus }) => cpus)).toEqual([1, 2, 3]);
    expect(live.of('a')).toBe(live.of('a'));
    expect(live.of('nobody')).toEqual([]);
  });

  it('are the newest ones only', () => {
    const live = new LiveMetrics();
    for (let second = 0; second < LIVE_READINGS + 5; second += 1) live.add([{ workspaceId: 'a', metrics: reading(second) }]);
    expect(live.of('a').length).toBe(LIVE_READINGS);
    expect(live.of('a')[0]?.at).toEqual(new Date(5000));
  });
});
