import { expect, test } from 'vitest';
import { parsePatch } from '@/components/runs/parse-patch';

const changed = `diff --git a/a.ts b/a.ts
index 1111111..2222222 100644
--- a/a.ts
+++ b/a.ts
@@ -1,2 +1,3 @@
 same
-old
+new
+more
`;
const binary = `diff --git a/logo.png b/logo.png
new file mode 100644
index 0000000..5555555
Binary files /dev/null and b/logo.png differ
`;
const empty = `diff --git a/empty b/empty
new file mode 100644
index 0000000..e69de29
`;
const renamed = `diff --git a/x b/y
similarity index 100%
rename from x
rename to y
`;

test('each file says what happened to it and how many lines', () => {
  expect(parsePatch(changed + binary + empty + renamed)).toMatchObject([
    { path: 'a.ts', what: 'changed', additions: 2, deletions: 1, isBinary: false },
    { path: 'logo.png', what: 'added', isBinary: true },
    { path: 'empty', what: 'added', isBinary: false, lines: 0 },
    { path: 'y', oldPath: 'x', what: 'renamed' },
  ]);
});

test('a patch that was cut in its last file still shows the others', () => {
  expect(parsePatch(changed + changed.slice(0, 60))[0]).toMatchObject({ path: 'a.ts', additions: 2 });
});

test('an empty patch has no files', () => {
  expect(parsePatch('')).toEqual([]);
});
