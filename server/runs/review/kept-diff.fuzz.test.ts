import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffFileSchema } from '@/contract/review';
import { parseFileList } from '@/server/runs/review/kept-diff';
import { createMasker } from '@/server/secrets/mask';
import { holdsFor } from '@/tests/setup/fuzzing';
import { nearly, nearlyBytes } from '@/tests/setup/hostile-bytes';

const secret = 'correct-horse-battery';
const masker = createMasker([secret]);
const file = { id: 'a'.repeat(40), path: `src/${secret}.ts`, from: 'src/b.ts', status: 'renamed', additions: 1, deletions: 0, binary: false, oldMode: '100644', newMode: '100644', oldSize: null, newSize: null, blocks: 1, omitted: null } as const;

describe('a diff that a container has written', () => {
  it('is a list of files in its form, masked, or none', async () => {
     const lists = fc.oneof(nearly([{ files: [file], truncated: false }]).map((value) => Buffer.from(JSON.stringify(value))), nearlyBytes([JSON.stringify({ files: [file], truncated: true })]));
    await holdsFor(lists, (bytes) => {
      const list = parseFileList(bytes, masker);
      for (const one of list?.files ?? []) {
        expect(diffFileSchema.safeParse(one).success).toBe(true);
        expect(`${one.path}${one.from}`).not.toMatch(/correct-horse-battery|\0/);
      }
    });
  });
});
