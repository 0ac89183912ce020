import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ALONE } from './tests/setup/alone.mjs';
import { LongestFirst } from './tests/setup/longest-first.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const alias = { '@': root.replace(/\/$/, '') };
/** next-auth imports `next/server` without an extension, which Node alone cannot resolve. */
const server = { deps: { inline: ['next-auth'] } };

interface ProjectOptions {
  include: readonly string[];
  exclude?: readonly string[];
  /** Files that run at a time. */
  atOnce: number;
  timeoutMs: number;
  /** Files of tests/setup that set up once for all of them. */
  before?: readonly string[];
}

/** Each has a group order of its own, as Vitest asks of projects that differ in how many files run at a time. */
const project = ([name, options]: [string, ProjectOptions], order: number) => ({
  resolve: { alias },
  test: {
    name,
    include: [...options.include],
    exclude: ['**/node_modules/**', ...(options.exclude ?? [])],
    server,
    pool: 'forks' as const,
    maxWorkers: options.atOnce,
    testTimeout: options.timeoutMs,
    hookTimeout: options.timeoutMs,
    retry: 0,
    chaiConfig: { truncateThreshold: 0 }, // the last lines of `npm test` name a failure by its first line: that has to be whole
    sequence: { groupOrder: order + 1 },
    ...(options.before && { globalSetup: options.before.map((name) => `tests/setup/${name}.ts`) }),
  },
});

const integration = { include: ['tests/integration/**/*.test.ts'], timeoutMs: 120_000, before: ['leftovers', 'test-postgres', 'worker-bundle'] };
/** They wait more than they work: three keep two processors busy. Each brings containers of its own, for which a small machine has less room. */
const together = os.totalmem() < 12 * 1024 ** 3 ? 2 : 3;
const faults = { include: ['tests/faults/**/*.test.ts'], timeoutMs: 600_000, before: ['leftovers', 'test-postgres', 'worker-bundle'] };
/** Each has a browser as well. */
const e2e = { include: ['tests/e2e/**/*.test.ts'], timeoutMs: 300_000, before: ['leftovers', 'prepared-cluster'] };
const alone = (folder: string) => Object.keys(ALONE).filter((file) => file.startsWith(`tests/${folder}/`));

/** `npm test` runs integration, faults and e2e as two projects each, first what leaves the machine to others; those without an ending have all their files, for one by hand. */
const projects: Record<string, ProjectOptions> = {
  unit: { include: ['{app,cli,components,contract,server,db,docker,scripts}/**/*.test.{ts,tsx}', 'tests/{bench,house}/**/*.test.ts', 'tests/{load,soak}/**/*.test.ts'], atOnce: 2, timeoutMs: 30_000 },
  integration: { ...integration, atOnce: 1 },
  'integration-together': { ...integration, exclude: alone('integration'), atOnce: together },
  'integration-alone': { ...integration, include: alone('integration'), atOnce: 1 },
  faults: { ...faults, atOnce: 1 },
  'faults-together': { ...faults, exclude: alone('faults'), atOnce: together },
  'faults-alone': { ...faults, include: alone('faults'), atOnce: 1 },
  e2e: { ...e2e, atOnce: 1 },
  'e2e-together': { ...e2e, exclude: alone('e2e'), atOnce: together - 1 },
  'e2e-alone': { ...e2e, include: alone('e2e'), atOnce: 1 },
};

export default defineConfig({ test: { sequence: { sequencer: LongestFirst }, projects: Object.entries(projects).map(project) } });
