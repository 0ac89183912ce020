import { describe, expect, it } from 'vitest';
import type { Metrics } from '@/contract/metrics';
import { diskUse, mergeReadings, networkRates, seriesOf, summarize, tableOf } from '@/components/metrics/metric-series';

function reading(second: number, more: Partial<Metrics> = {}): Metrics {
  return { at: new Date(second * 1000), cpus: 0, memoryBytes: 0, memoryLimitBytes: 1, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0, diskBytes: null, ...more };
}

describe('the lines of a chart', () => {
  it('are broken where readings are missing for longer than three turns', () => {
    const readings = [reading(0, { cpus: 1 }), reading(10, { cpus: 2 }), reading(70, { cpus: 3 })];
    expect(seriesOf(readings, [({ cpus }) => cpus])).toEqual({ times: [0, 10, 40, 70], lines: [[1, 2, null, 3]] });
  });

  it('show the network as what went through per second, and nothing where the counts began anew', () => {
    const received = [1000, 3000, 100, 600].map((networkReceivedBytes, index) => reading(index * 10, { networkReceivedBytes }));
    expect(networkRates(received).map((rate) => rate.received)).toEqual([null, 200, null, 50]);
    expect(networkRates([reading(0), reading(600)])).toEqual([{ received: null, sent: null }, { received: null, sent: null }]);
  });

  it('keep the last measurement of the disk until there is another', () => {
    expect(diskUse([reading(0), reading(10, { diskBytes: 5 }), reading(20), reading(30, { diskBytes: 7 })])).toEqual([null, 5, 5, 7]);
  });
});

it('merges what comes live into the history: in order, once, nothing from before the hour', () => {
  const merged = mergeReadings([reading(1), reading(2), reading(3)], [reading(3, { cpus: 9 }), reading(5), reading(4)], 2000);
  expect(merged.map(({ at }) => at.getTime() / 1000)).toEqual([2, 3, 4, 5]);
});

it('summarizes what is known', () => {
  expect(summarize([null, 1, 4, null, 1])).toEqual({ latest: 1, highest: 4, average: 2 });
  expect(summarize([null])).toBeNull();
});

it('tells the hour as a table, newest first', () => {
  const readings = [reading(0, { cpus: 1, memoryBytes: 5 }), reading(30, { cpus: 3, memoryBytes: 9 }), reading(310, { cpus: 2, memoryBytes: 1, diskBytes: 8 })];
  expect(tableOf(readings, 5)).toEqual([
    { at: new Date(300_000), cpus: 2, memoryBytes: 1, received: null, sent: null, diskBytes: 8 },
    { at: new Date(0), cpus: 2, memoryBytes: 9, received: 0, sent: 0, diskBytes: null },
  ]);
});
