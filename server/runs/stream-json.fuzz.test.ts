import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runEventLineSchema, type RunEventLine } from '@/contract/run-event';
import { createLineReader } from '@/server/runs/collector-lines';
import { parseStreamJsonLine } from '@/server/runs/stream-json';
import { maskedBefore } from '@/server/secrets/masked-text';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { deepJson, nearly, nearlyBytes } from '@/tests/setup/hostile-bytes';
import { realLines } from '@/tests/setup/conversation-events';

const real = realLines('2.1.329');
const parse = (line: Buffer) => parseStreamJsonLine(maskedBefore(line), 7, line.length + 1);

/** The events of this output as a reader takes them that sees it grow by these steps. */
async function readInSteps(output: Buffer, steps: readonly number[]): Promise<RunEventLine[]> {
  const events: RunEventLine[] = [];
  const read = (offset: number, buffer: Buffer) => Promise.resolve(output.copy(buffer, 0, offset));
  const reader = createLineReader({ from: 0, read, onLines: (lines) => Promise.resolve(void events.push(...lines)) });
  for (const size of [...steps.map((step) => step % (output.length + 1)).sort((one, other) => one - other), output.length]) while (await reader.turn(size, false));
  while (await reader.turn(output.length, true));
  return events;
}

describe('a line of stream-json that may be anything', () => {
  it('is nothing or an event that can be stored', async () => {
    const lines = fc.oneof(nearlyBytes(real), nearly(real.map((line) => JSON.parse(line) as unknown)).map((value) => Buffer.from(JSON.stringify(value))));
    await holdsFor(lines, (line) => {
      const event = parse(line);
      if (event === null) return;
      expect(runEventLineSchema.safeParse(event).success).toBe(true);
      expect(`${event.kind}${event.subtype}${event.payload}`).not.toContain('\0');
      expect(event.payload?.isWellFormed()).toBe(true);
    });
  });

  it('makes the same events however the output grows', async () => {
    const outputs = fc.array(nearlyBytes(real), { maxLength: 4 }).map((parts) => Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')])));
    await holdsFor(fc.tuple(outputs, fc.array(fc.nat(), { maxLength: 5 })), async ([output, steps]) => {
      const joined = (events: RunEventLine[]) => events.filter(({ kind }) => kind !== 'text').map(({ offset, bytes, payload }) => [offset, bytes, payload]);
      expect(joined(await readInSteps(output, steps))).toEqual(joined(await readInSteps(output, [])));
    }, 200);
  });

  it('takes time by its length: long texts, deep JSON, marks without end, empty lines', async () => {
    await growsStraight((size) => Buffer.from(JSON.stringify({ type: 'user', text: '\\"['.repeat(size / 6) })), parse);
    await growsStraight((size) => Buffer.from(`{"type":"user","deep":${deepJson('1', size / 4)}}`), parse);
    await growsStraight((size) => Buffer.from(`{"type":"user","a":"${'\\'.repeat(size)}`), parse);
    await growsStraight((size) => Buffer.from(`{"type":"user","a":${'"'.repeat(size)}`), parse);
    await growsStraight((size) => Buffer.from('x\n'.repeat(size / 2)), (output) => readInSteps(output, []));
  });
});
