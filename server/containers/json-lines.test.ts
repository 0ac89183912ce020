import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readJsonLines } from '@/server/containers/json-lines';

async function collect(chunks: readonly Buffer[]): Promise<unknown[]> {
  const values: unknown[] = [];
  const source = (async function* () {
    yield* chunks;
  })();
  for await (const value of readJsonLines(source)) values.push(value);
  return values;
}

it('reads the same values however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ text: fc.string({ unit: fc.constantFrom('a', '\n', '"', '\\', 'é', '😀', '\u0000', '\u2028') }) }), { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), fc.boolean(), async (values, size, lastNewline) => {
      const text = values.map((value) => JSON.stringify(value)).join('\r\n') + (lastNewline ? '\n\n' : '');
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
      expect(await collect(chunks)).toEqual(values);
    }),
    { numRuns: 200 },
  );
});

it('says so when a line is not JSON', async () => {
  await expect(collect([Buffer.from('{"a":1}\n{"b"')])).rejects.toThrow(/not valid JSON/);
});

it('refuses a line without end', async () => {
  await expect(collect(Array.from({ length: 20 }, () => Buffer.alloc(64 * 1024, 'a')))).rejects.toThrow(/more than 1 MiB/);
});
