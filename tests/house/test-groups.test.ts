import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, withoutComments } from '@/tests/house/house';
import { ALONE } from '@/tests/setup/alone.mjs';
import { LONGEST } from '@/tests/setup/longest-first.mjs';

/** What another file that runs at the same moment would notice. */
const hazards: [name: string, pattern: RegExp][] = [
  ['another image under the usual tag', /['"](?:tag|build|import|commit)['"][^\n]*,\s*['"]anyon-claude:latest['"]\s*[\])]/],
  ['removes an image under the usual tag', /['"]rmi['"][^\n]*['"]anyon-claude/],
  ['prunes what is not its own', /^(?!.*(?:--filter|--host)).*['"]prune['"]/m],
  ['changes the firewall of this machine beside the product’s own rules', /['"]iptables['"],\s*\[\s*['"]-w['"],\s*(?:\.\.\.|['"]-[ADIFPX])/],
  ['fills the disk of this machine', /fallocate|ballast/],
  ['sets the clock of this machine', /['"](?:date|timedatectl)['"],\s*\[/],
  ['measures how quick most of many are', /expect\((?:\w+\.)?(?:p\d\d|percentile\d\d|median)\b/],
  ['ports that are always the same', /ANYON_(?:EGRESS_|POSTGRES_|SIMULATOR_)?PORT:\s*['"]?\d/],
];

const folders = ['tests/integration', 'tests/faults', 'tests/e2e'];
const files = folders.flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`));
const offences = (code: string) => hazards.filter(([, pattern]) => pattern.test(withoutComments(code))).map(([name]) => name);

describe('test files that run at the same time', () => {
  it('leave the machine to each other; what does not is on the list of those that run alone', () => {
    const found = files.filter((file) => !(file in ALONE)).flatMap((file) => offences(readFileSync(path.join(root, file), 'utf8')).map((name) => `${file}: ${name}`));
    expect(found, 'put it into tests/setup/alone.mjs with its reason, or make it keep to what is its own').toEqual([]);
  });

  it('are told apart by lists that name files that exist', () => {
    const named = [...Object.keys(ALONE), ...LONGEST];
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    expect(LONGEST.filter((file, index) => LONGEST.indexOf(file) !== index || file in ALONE)).toEqual([]);
    for (const reason of Object.values(ALONE)) expect(reason.split(' ').length).toBeGreaterThan(3);
  });

  it.each([
    `execFileSync('docker', ['tag', other, 'anyon-claude:latest']);`,
    `docker('rmi', '--force', 'anyon-claude:latest');`,
    `docker('network', 'prune', '--force');`,
    `execFileSync('iptables', ['-w', '-I', 'INPUT', '1', '-j', 'ACCEPT']);`,
    `execFileSync('fallocate', ['--length', '1G', file]);`,
    `execFileSync('date', ['--set', '@0']);`,
    `const env = { ANYON_EGRESS_PORT: '29101' };`,
    `expect(figures.p95).toBeLessThan(500);`,
  ])('would be caught with %s', (code) => {
    expect(offences(code)).not.toEqual([]);
  });

  it.each([`docker('tag', 'anyon-claude:latest', image);`, `docker('network', 'prune', '--force', '--filter', 'label=anyon.instance=x');`, `docker('rmi', '--no-prune', image);`, `const env = { ANYON_EGRESS_PORT: String(port) };`])('is free to say %s', (code) => {
    expect(offences(code)).toEqual([]);
  });
});
