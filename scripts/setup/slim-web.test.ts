import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { slimWeb } from '@/scripts/setup/slim-web.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'anyon-slim-web-'));
afterAll(() => rmSync(folder, { recursive: true }));

function lay(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('a web part that is made small', () => {
  it('keeps what its scripts do, in ASCII and without comments; what is never used is empty', async () => {
    const chunk = lay('.next/server/chunks/a.js', "/* “quoted” */ module.exports = ['a …', `b ‘${1}’`];");
    const library = lay('node_modules/library/index.js', '// ½ of it\nmodule.exports = require("ssh2");');
    const piece = lay('node_modules/library/piece.js', 'if (x) { // …');
    const nexts = lay('node_modules/next/dist/server.js', '// …');
    lay('node_modules/ssh2/lib/index.js', 'throw new Error("loaded")');
    lay('node_modules/ssh2/package.json', '{"main":"./lib/index.js"}');
    await slimWeb(folder);
    const load = createRequire(path.join(folder, 'x.js'));
    expect(load(chunk)).toEqual(['a …', 'b ‘1’']);
    expect(load(library)).toEqual({});
    expect(readFileSync(chunk, 'utf8') + readFileSync(library, 'utf8')).toMatch(/^[\0-\x7f]*$/);
    expect(readFileSync(library, 'utf8')).not.toContain('of it');
    expect(readFileSync(piece, 'utf8')).toBe('if (x) { // …');
    expect(readFileSync(nexts, 'utf8')).toBe('// …');
  });
});
