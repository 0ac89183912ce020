import { expect, it } from 'vitest';
import { judgeSoak, type SoakFindings } from '@/tests/soak/soak-verdict';

const nothing = { containers: 0, networks: 0, 'folders of workspaces': 0, 'folders of secrets': 0, 'folders of logs': 0 };
/** A process that warms up, and then makes waves as a garbage collector does. */
const flat = (minute: number) => 200 + Math.min(minute, 20) * 5 + (minute % 5) * 4;

function soak(memory: (minute: number) => number, minutes = 120): SoakFindings {
  const readings = Array.from({ length: minutes + 1 }, (_, minute) => ({ minute, figures: { 'web MB': memory(minute), 'web descriptors': 60 + (minute % 3), 'database connections': 20 + (minute % 4), containers: minute % 6 } }));
  return { readings, end: { minute: minutes, figures: { ...nothing, 'web MB': 300 } }, errors: {}, replaced: [], runs: 500, ended: { succeeded: 400, stopped: 20 } };
}

const failed = (findings: SoakFindings) => judgeSoak(findings).filter(({ passed }) => !passed).map(({ what }) => what);

it('passes what is flat after its beginning', () => {
  expect(failed(soak(flat))).toEqual([]);
});

it.each([
  ['memory that rises by 30 MB an hour', soak((minute) => flat(minute) + minute / 2), /^web MB: \+\d+\.\d over the second half/],
  ['a descriptor every five minutes', { ...soak(flat), readings: soak(flat).readings.map((reading) => ({ ...reading, figures: { ...reading.figures, 'web descriptors': 60 + reading.minute / 5 } })) }, /^web descriptors: \+/],
  ['a container that is left', { ...soak(flat), end: { minute: 120, figures: { ...nothing, containers: 1 } } }, /^containers left: 1/],
  ['an error', { ...soak(flat), errors: { 'start: internal': 2 } }, /^errors: 2/],
  ['work that was none', { ...soak(flat), runs: 3 }, /^runs begun: 3/],
  ['work of which nothing comes', { ...soak(flat), ended: { interrupted: 40 } }, /^runs seen at their end: 40 interrupted/],
  ['a process that died', { ...soak(flat), replaced: ['worker'] }, /^processes that died: worker/],
] as const)('refuses %s', (_, findings, said) => {
  expect(failed(findings)).toEqual([expect.stringMatching(said)]);
});

it('says nothing of growth in the first minutes', () => {
  expect(failed(soak((minute) => 200 + minute * 20, 5))).toEqual([]);
});
