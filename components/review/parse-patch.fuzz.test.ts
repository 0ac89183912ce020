import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPatch } from '@/components/review/parse-patch';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { nearlyText } from '@/tests/setup/hostile-bytes';

const file = { id: 'a'.repeat(40), path: 'src/a.ts', from: 'src/b.ts', status: 'renamed', additions: 1, deletions: 0, binary: false, oldMode: '100644', newMode: '100644', oldSize: null, newSize: null, blocks: 1, omitted: null } as const;
const patch = ['diff --git a/src/a.ts b/src/a.ts\nindex 1..2 100644\n--- a/src/a.ts\n+++ b/src/a.ts\n', '@@ -1,2 +1,3 @@ fn\n one\n-two\n+three\r\n+four\n', '\\ No newline at end of file\n', 'rename from x\nrename to y\n', 'Binary files a/x and b/x differ\n', 'new file mode 100644\n', '@@ -99999999999999999999 +1 @@\n+x\n', '@@@ -1 -1 +1 @@@\n++x\n'];

describe('a patch that a container has written', () => {
  it('is read by the list that came with it, whatever stands in it', async () => {
    await holdsFor(fc.tuple(nearlyText(patch), fc.integer({ min: 0, max: 3 })), ([text, count]) => {
      const files = Array.from({ length: count }, (_, at) => ({ ...file, id: String(at).padStart(40, '0') }));
      const read = readPatch(text, files);
      if (count > 0) expect(read.map(({ id }) => id)).toEqual(files.map(({ id }) => id));
      for (const { hunks, lines } of read) expect(lines).toBe(hunks.flatMap(({ changes }) => changes).length);
      expect(readPatch(text, files, read)).toEqual(read);
    });
  });

  it.each(['diff --git ', 'diff --git a/x b/x\n', '@@ -1 +1 @@\n', '+x\n', ' b/', '\r', '\n', '--- a/', '@@ -1,'])('takes time by its length with %j again and again', async (piece) => {
    await growsStraight((size) => `diff --git a/x b/x\n${piece.repeat(size / piece.length)}`, (text) => readPatch(text, []));
  });
});
