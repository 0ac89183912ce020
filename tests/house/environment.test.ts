import { describe, expect, it } from 'vitest';
import { productFiles } from '@/tests/house/house';

/** `process.env` in every spelling, also taken apart. */
const reads = /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[\s*['"`]env['"`]\s*\]|\benv\b[^=\n]*\}\s*=\s*process\b|\bimport\b[^;]*\benv\b[^;]*\bfrom\s+['"](?:node:)?process['"]/;

describe('the environment', () => {
  it('is read in server/env.ts and nowhere else in the product', () => {
    const readers = productFiles('app', 'components', 'contract', 'server', 'db').filter(({ code }) => reads.test(code));
    expect(readers.map(({ file }) => file)).toEqual(['server/env.ts']);
  });

  it('is read in one file of the command-line program as well', () => {
    expect(productFiles('cli').filter(({ code }) => reads.test(code)).map(({ file }) => file)).toEqual(['cli/environment.ts']);
  });

  it.each([`process.env.HOME`, `process?.env`, `process['env']`, `const { env } = process;`, `import { env } from 'node:process';`])('would be seen to be read by %s', (code) => {
    expect(reads.test(code)).toBe(true);
  });

  it.each([`env().ANYON_PORT`, `import { env } from '@/server/env';`, `process.environment`, `const { env } = options; process.exit(1);`])('is not read by %s', (code) => {
    expect(reads.test(code)).toBe(false);
  });
});
