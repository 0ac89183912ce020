import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { childEnvironment, env } from '@/server/env';
import type { ChildCommand } from '@/server/parent/supervised-child';

/** What the children must be told that is not in the environment already. */
export interface Surroundings {
  databaseUrl: string;
  authSecret: string;
  /** Address of the host as seen from containers; null on an engine without a bridge of its own. */
  gateway: string | null;
}

/** The bundle lies in dist/, beside the other bundles. */
const dist = import.meta.dirname;

/** The three processes under the parent, in the order of their start. The simulator meets untrusted input and gets no secret. */
export function childCommands(surroundings: Surroundings): { simulator: ChildCommand; worker: ChildCommand; web: ChildCommand } {
  const { ANYON_HOST, ANYON_PORT, ANYON_SIMULATOR_PORT } = env();
  const product = productEnvironment(surroundings);
  const simulatorDir = path.join(dist, '../docker/claude-simulator');
  return {
    simulator: {
      name: 'simulator',
      argv: [path.join(simulatorDir, 'server.mjs')],
      cwd: simulatorDir,
      env: { NODE_ENV: 'production', PORT: String(ANYON_SIMULATOR_PORT), HOST: surroundings.gateway ?? ANYON_HOST },
    },
    worker: { name: 'worker', argv: ['--enable-source-maps', path.join(dist, 'worker.mjs')], cwd: dist, env: product },
    web: {
      name: 'web',
      argv: [path.join(dist, 'web/server.js')],
      cwd: path.join(dist, 'web'),
      env: { ...product, PORT: String(ANYON_PORT), HOSTNAME: ANYON_HOST },
    },
  };
}

function productEnvironment({ databaseUrl, authSecret, gateway }: Surroundings): NodeJS.ProcessEnv {
  const { ANYON_SIMULATOR_URL, ANYON_SIMULATOR_PORT, ANYON_HOST } = env();
  return childEnvironment({
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: authSecret,
    ANYON_SIMULATOR_URL: ANYON_SIMULATOR_URL ?? `http://${gateway ?? ANYON_HOST}:${ANYON_SIMULATOR_PORT}`,
  });
}

/** Equal for two commands that would run the same: the script's directory, its arguments and its environment. */
export function fingerprint(command: ChildCommand): string {
  const hash = createHash('sha256').update(JSON.stringify([command.argv, Object.entries(command.env).sort()]));
  const files = fs.readdirSync(command.cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files.map((entry) => path.join(entry.parentPath, entry.name)).sort()) hash.update(file).update(fs.readFileSync(file));
  return hash.digest('hex');
}
