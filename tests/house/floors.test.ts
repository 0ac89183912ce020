import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';

interface Violation {
  rule: { name: string; severity: string };
  from: string;
  to: string;
}

const config = path.join(root, 'tests/house/floors.cjs');
const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: { name: string; severity: string }[] };

/** For each rule one import that breaks it and no other rule: file → what it imports. The targets are made as well. */
const wrong: Record<string, { file: string; imports: string; type?: true }[]> = {
  'no-cycles': [{ file: 'server/runs/one.ts', imports: '@/server/runs/two' }], // a circle is told once, at its first file
  'contract-imports-only-zod': [{ file: 'contract/actor.ts', imports: 'superjson' }],
  'db-imports-only-the-contract': [{ file: 'db/client.ts', imports: '@/server/log' }],
  'components-take-only-types-from-server': [{ file: 'components/run.tsx', imports: '@/server/log' }],
  'components-know-no-tables': [{ file: 'components/table.tsx', imports: '@/db/schema/users', type: true }],
  'trpc-calls-domains-not-adapters': [
    { file: 'server/trpc/routers/runs.ts', imports: '@/server/containers/engine' },
    { file: 'server/trpc/routers/users.ts', imports: '@/db/schema/users' },
    { file: 'server/trpc/routers/pool.ts', imports: '@/server/database' },
  ],
  'app-calls-domains-not-adapters': [{ file: 'app/page.tsx', imports: '@/server/containers/engine' }],
  'cli-knows-only-the-contract': [
    { file: 'cli/peek.ts', imports: '@/server/log' },
    { file: 'cli/typed.ts', imports: '@/db/schema/users', type: true },
  ],
  'nothing-stands-on-the-cli': [{ file: 'server/runs/words.ts', imports: '@/cli/words' }],
  'domains-know-no-transport': [
    { file: 'server/runs/start.ts', imports: 'next/headers' },
    { file: 'server/workspaces/create.ts', imports: '@trpc/server' },
    { file: 'server/secrets/seal.ts', imports: '@/server/trpc/init' },
    { file: 'server/containers/exec.ts', imports: '@/components/button' },
    { file: 'server/people/cookie.ts', imports: '@/server/auth/who' },
  ],
  'auth-knows-no-trpc': [
    { file: 'server/auth/actor.ts', imports: '@/server/trpc/init' },
    { file: 'server/auth/reaches-too-far.ts', imports: '@/server/runs/list' },
  ],
  'runs-know-workspaces-never-back': [
    { file: 'server/workspaces/stop.ts', imports: '@/server/runs/list' },
    { file: 'server/secrets/mask.ts', imports: '@/server/runs/list' },
  ],
  'secrets-know-nobody-who-uses-them': [{ file: 'server/secrets/give.ts', imports: '@/server/workspaces/list' }],
  'adapters-know-no-domain': [{ file: 'server/queue/queue.ts', imports: '@/server/runs/list' }],
  'the-base-knows-no-room': [{ file: 'server/env.ts', imports: '@/server/deployment/paths' }],
  'one-room-holds-the-engine': [{ file: 'server/deployment/check.ts', imports: 'dockerode' }],
  'one-room-sends-telemetry': [{ file: 'server/runs/traces.ts', imports: '@opentelemetry/api' }],
  'no-tests-in-the-product': [
    { file: 'server/runs/cheat.ts', imports: '@/tests/fakes/fake-engine' },
    { file: 'server/runs/cheat-too.ts', imports: '@/server/runs/list.test' },
  ],
  'no-scripts-in-the-product': [{ file: 'server/deployment/install.ts', imports: '@/scripts/setup' }],
  'every-import-is-found': [{ file: 'server/deployment/lost.ts', imports: '@/server/nowhere' }],
};

/** Imports that look close to wrong and are right: no rule may fire on them. */
const right: { file: string; imports: string; type?: true }[] = [
  { file: 'server/runs/two.ts', imports: '@/server/runs/one' },
  { file: 'components/typed.tsx', imports: '@/server/trpc/router', type: true },
  { file: 'server/runs/uses-workspace.ts', imports: '@/server/workspaces/list' },
  { file: 'server/containers/docker.ts', imports: 'dockerode' },
  { file: 'server/telemetry/tracer.ts', imports: '@opentelemetry/api' },
  { file: 'contract/input.ts', imports: 'zod' },
  { file: 'cli/asks.ts', imports: '@/contract/log' },
  { file: 'server/trpc/http.ts', imports: '@/server/auth/who' },
  { file: 'server/auth/asks-people.ts', imports: '@/server/people/admit' },
  { file: 'tests/integration/run.test.ts', imports: '@/server/runs/list' },
];

const fixture = mkdtempSync(path.join(os.tmpdir(), 'anyon-floors-'));
afterAll(() => rmSync(fixture, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(fixture, file)), { recursive: true });
  writeFileSync(path.join(fixture, file), text);
}

function buildFixture(): void {
  write('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'ESNext', moduleResolution: 'bundler', jsx: 'react-jsx', paths: { '@/*': ['./*'] } }, include: ['**/*.ts', '**/*.tsx'] }));
  const leaves = ['cli/words', 'contract/log', 'server/log', 'db/schema/users', 'server/containers/engine', 'server/database', 'server/trpc/init', 'server/trpc/router', 'components/button', 'server/runs/list', 'server/runs/list.test', 'server/deployment/paths', 'tests/fakes/fake-engine', 'scripts/setup', 'server/workspaces/list', 'server/auth/who', 'server/people/admit'];
  for (const leaf of leaves) write(`${leaf}.ts`, 'export const x = 1;\nexport type X = number;\n');
  for (const name of ['superjson', 'next', '@trpc/server', '@opentelemetry/api', 'dockerode', 'zod']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'export const x = 1;\n');
  }
  write('node_modules/next/headers.js', 'export const x = 1;\n');
  for (const { file, imports, type } of [...Object.values(wrong).flat(), ...right]) {
    write(file, type ? `import type { X } from '${imports}';\nexport const y: X = 1;\n` : `import { x } from '${imports}';\nexport const y = x;\n`);
  }
}

function cruise(folder: string, places: string[]): Violation[] {
  const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const result = spawnSync(process.execPath, [program, '--config', config, '--output-type', 'json', ...places], { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 ** 2 });
  if (!result.stdout.startsWith('{')) throw new Error(`dependency-cruiser did not answer: ${result.stderr}`);
  return (JSON.parse(result.stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

describe('the floors', () => {
  it('are kept by every import of the project', () => {
    const violations = cruise(root, ['app', 'cli', 'components', 'contract', 'server', 'db', 'tests', 'proxy.ts', 'instrumentation.ts']);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  }, 120_000);

  it('are all at error, and each has a canary', () => {
    expect(forbidden.filter((rule) => rule.severity !== 'error')).toEqual([]);
    expect(Object.keys(wrong).sort()).toEqual(forbidden.map((rule) => rule.name).sort());
  });

  it('fire on every wrong import, each rule on its own, and on no right one', () => {
    buildFixture();
    const seen = cruise(fixture, ['app', 'cli', 'components', 'contract', 'server', 'db', 'tests']).map(({ rule, from }) => `${rule.name}: ${from}`);
    const expected = Object.entries(wrong).flatMap(([name, imports]) => imports.map(({ file }) => `${name}: ${file}`));
    expect([...new Set(seen)].sort()).toEqual(expected.sort());
  });
});
