import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleServer } from '@/scripts/setup/build-product.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'anyon-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a bundle of the server', () => {
  it('is ASCII, so that Node keeps one byte of each of its letters and not two', async () => {
    await bundleServer(['server/worker.ts'], folder);
    const beyond = /.{0,40}[^\0-\x7f].{0,40}/.exec(readFileSync(path.join(folder, 'worker.mjs'), 'latin1'));
    expect(beyond?.[0]).toBeUndefined(); // in a regular expression, write \u2026 instead
  });

  it('is told by the files and lines of its sources in a stack', async () => {
    await bundleServer(['server/client-address.ts'], folder);
    const program = path.join(folder, 'throws.mjs');
    writeFileSync(program, "import { trustedProxies } from './client-address.mjs';\ntry { trustedProxies(5); } catch (error) { console.log(error.stack); }\n");
    const stack = execFileSync(process.execPath, ['--enable-source-maps', program], { encoding: 'utf8' });
    const line = Number(/server\/client-address\.ts:(\d+):\d+/.exec(stack)?.[1]);
    const source = readFileSync(path.join(import.meta.dirname, '../../server/client-address.ts'), 'utf8').split('\n');
    expect(source[line - 1]).toContain('.split(');
  });
});
