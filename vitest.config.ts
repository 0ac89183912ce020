import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const alias = { '@': root.replace(/\/$/, '') };
/** next-auth imports `next/server` without an extension, which Node alone cannot resolve. */
const server = { deps: { inline: ['next-auth'] } };

/** A project; those that share the engine run one file at a time, for the machine has few cores. */
function project(name: string, include: string[], options: { alone: boolean; timeoutMs: number; globalSetup?: string }) {
  return {
    resolve: { alias },
    test: {
      name,
      include,
      server,
      pool: 'forks' as const,
      fileParallelism: !options.alone,
      testTimeout: options.timeoutMs,
      hookTimeout: options.timeoutMs,
      retry: 0,
      ...(options.globalSetup && { globalSetup: [options.globalSetup] }),
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', ['{app,components,contract,server,db,docker,scripts}/**/*.test.{ts,tsx}', 'tests/house/**/*.test.ts'], { alone: false, timeoutMs: 30_000 }),
      project('integration', ['tests/integration/**/*.test.ts'], { alone: true, timeoutMs: 120_000, globalSetup: 'tests/setup/test-postgres.ts' }),
      project('faults', ['tests/faults/**/*.test.ts'], { alone: true, timeoutMs: 600_000, globalSetup: 'tests/setup/test-postgres.ts' }),
      project('e2e', ['tests/e2e/**/*.test.ts'], { alone: true, timeoutMs: 300_000 }),
    ],
  },
});
