import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, withoutComments } from '@/tests/house/house';

/** What a test stands on and every other one could: written once, under tests/setup or beside the pages' tests. */
const shared = ['tests/setup/wait-for-state.ts', 'tests/setup/kept-places.ts', 'tests/setup/runtime-commands.ts', 'tests/e2e/product-on-screen.ts'];
const names = shared.flatMap((file) => [...readFileSync(path.join(root, file), 'utf8').matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name = '']) => name));

/** How the same looks when it is written again, under whatever name. */
const again: [what: string, pattern: RegExp][] = [
  ['waits by itself until a workspace is made', /[!=]== 'creating'\)(?:\)\) break| await| break)/],
  ['starts a product and a browser by itself, with the repositories', /Promise\.all\(\[startRunningProduct\(\{ env: repositories\.env \}\), openChromium/],
  ['puts a listener before the simulator by itself', /ANYON_SIMULATOR_URL: wire\.url/],
];

function copiesIn(code: string): string[] {
  const declared = names.filter((name) => new RegExp(`^(?:async )?function ${name}\\b|^const ${name} =`, 'm').test(code));
  return [...declared.map((name) => `has a ${name} of its own`), ...again.filter(([, pattern]) => pattern.test(code)).map(([what]) => what)];
}

const files = ['integration', 'faults', 'e2e'].flatMap((folder) => readdirSync(path.join(root, 'tests', folder)).filter((name) => name.endsWith('.test.ts')).map((name) => `tests/${folder}/${name}`));

describe('what tests stand on', () => {
  it('is written once', () => {
    const found = files.flatMap((file) => copiesIn(withoutComments(readFileSync(path.join(root, file), 'utf8'))).map((copy) => `${file}: ${copy}`));
    expect(found).toEqual([]);
    expect(names).toContain('runWhere');
  });

  it.each([
    'async function runWhere(id: string): Promise<void> {}',
    `  while ((await view()).status === 'creating') await sleep(100);`,
    `    if (workspace.status !== 'creating') break;`,
    `  [product, chromium] = await Promise.all([startRunningProduct({ env: repositories.env }), openChromium()]);`,
    `  changeEnvironment({ ANYON_SIMULATOR_URL: wire.url });`,
  ])('would be caught being written again as %s', (code) => {
    expect(copiesIn(code)).toHaveLength(1);
  });
});
