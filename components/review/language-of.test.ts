import { expect, test } from 'vitest';
import { colourHunks } from '@/components/review/colour-hunks';
import { languageOf, languages } from '@/components/review/language-of';
import { readFile } from '@/components/review/parse-patch';
import type { DiffFile } from '@/contract/review';

test('a language is told by the name of the file', () => {
  expect(['src/a.test.TSX', 'Dockerfile', 'docker/Dockerfile.dev', '.env', 'a.b/noending', 'x.constructor', 'weird.'].map(languageOf)).toEqual(['tsx', 'docker', 'docker', 'ini', null, null, null]);
});

test('each of them can be loaded', async () => {
  for (const load of Object.values(languages)) expect(typeof (await load()).default).toBe('function');
});

test('lines get their colours on both sides, and a broken file does no harm', async () => {
  const { hunks } = readFile({ path: 'a.ts' } as DiffFile, 'diff --git a/a b/a\n@@ -2,2 +2,2 @@\n const a = 1;\n-const b = "x";\n+const b = `${"\n');
  const tokens = await colourHunks(hunks, 'typescript');
  expect(JSON.stringify(tokens?.old[2])).toContain('"string"');
  expect(JSON.stringify(tokens?.new[1])).toContain('"keyword"');
});

test('a file with too many lines has none', async () => {
  const source = `diff --git a/a b/a\n@@ -0,0 +1,3000 @@\n${'+x\n'.repeat(3000)}`;
  expect(await colourHunks(readFile({ path: 'a.ts' } as DiffFile, source).hunks, 'typescript')).toBeNull();
  const far = 'diff --git a/a b/a\n@@ -900000,1 +900000,1 @@\n-x\n+y\n';
  expect(await colourHunks(readFile({ path: 'a.ts' } as DiffFile, far).hunks, 'typescript')).toBeNull();
});
