import { describe, expect, it } from 'vitest';
import { productFiles } from '@/tests/house/house';

/** A shell reads its arguments again; what a person typed becomes a command. Programs are started by argument arrays. */
const shells: [name: string, pattern: RegExp][] = [
  ['exec or execSync of node:child_process', /\b(?:exec|execSync)\b[^;]*\bfrom\s+['"](?:node:)?child_process['"]/],
  ['exec or execSync of a child_process object', /\bchild_?[pP]rocess\s*\.\s*exec(?:Sync)?\s*\(/],
  ['execSync', /\bexecSync\s*\(/],
  ['the option shell', /\bshell\s*:(?!\s*false\b)/],
  ['a shell with a command line', /['"`](?:\/(?:usr\/)?bin\/)?(?:sh|bash|dash)['"`]\s*,\s*\[?\s*['"`]-\w*c['"`]/],
];

function offences(code: string): string[] {
  return shells.filter(([, pattern]) => pattern.test(code)).map(([name]) => name);
}

describe('product code', () => {
  it('WEB-08 starts no shell', () => {
    const found = productFiles().flatMap(({ file, code }) => offences(code).map((name) => `${file}: ${name}`));
    expect(found).toEqual([]);
  });

  it.each([
    `import { exec } from 'node:child_process';`,
    `import { spawn, execSync } from 'child_process';`,
    `childProcess.exec('ls ' + name)`,
    `child_process.execSync(\`git clone \${url}\`)`,
    `spawn('git', args, { shell: true })`,
    `spawn('git', args, { shell: '/bin/bash' })`,
    `spawn('sh', ['-c', command])`,
    `const argv = ['/bin/bash', '-lc', text];`,
  ])('would be caught with %s', (code) => {
    expect(offences(code)).not.toEqual([]);
  });

  it.each([
    `import { execFile, spawn } from 'node:child_process';`,
    `const match = /a(b)/.exec(text);`,
    `engine.exec(container, ['git', 'status'])`,
    `spawn('git', args, { shell: false })`,
  ])('is free to say %s', (code) => {
    expect(offences(code)).toEqual([]);
  });
});
