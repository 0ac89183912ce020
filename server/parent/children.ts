import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { childEnvironment, env } from '@/server/env';
import { debuggerArguments, developmentWeb } from '@/server/parent/development';
import type { ChildCommand } from '@/server/parent/supervised-child';
import type { WrittenKeys } from '@/server/secrets/keyring';
import { littleGarbage, sharedArenas } from '@/server/parent/process-memory';

/** What the children must be told that is not in the environment already. */
export interface Surroundings {
  databaseUrl: string;
  authSecret: string;
  secretKeys: WrittenKeys;
  /** Address of the host as seen from containers; null on an engine without a bridge of its own. */
  gateway: string | null;
}

/** The bundle lies in dist/, beside the other bundles. */
const dist = import.meta.dirname;

/** Maps are small: of libraries they know the names of files (scripts/setup/build-product.mjs). */
const withMaps = '--enable-source-maps';

type ChildName = 'egress' | 'worker' | 'preview' | 'web';
/** A simulator that the environment names runs elsewhere. */
type ChildCommands = Record<ChildName, ChildCommand> & { simulator?: ChildCommand };

/**
 * The processes under the parent, in the order of their start. Simulator and egress proxy meet untrusted input: the one gets
 * no secret, the other only the address of the database; so does the gateway of previews. What runs is in the middle of talking through them, so they outlive a newer build that leaves them as they are.
 */
export function childCommands(surroundings: Surroundings): ChildCommands {
  const { ANYON_HOST, ANYON_PORT, ANYON_SIMULATOR_PORT, ANYON_SIMULATOR_URL, NODE_ENV } = env();
  const product = productEnvironment(surroundings);
  const simulatorDir = path.join(dist, '../docker/claude-simulator');
  const egressBundle = path.join(dist, 'egress.mjs');
  const simulator: ChildCommand = {
    name: 'simulator',
    argv: [path.join(simulatorDir, 'server.mjs')],
    cwd: simulatorDir,
    env: { NODE_ENV: 'production', PORT: String(ANYON_SIMULATOR_PORT), HOST: surroundings.gateway ?? ANYON_HOST },
    sources: [simulatorDir],
  };
  const web: ChildCommand = {
    name: 'web',
    argv: [...littleGarbage.busy, path.join(dist, 'web/server.js')],
    cwd: path.join(dist, 'web'),
    env: { ...product, PORT: String(ANYON_PORT), HOSTNAME: ANYON_HOST },
  };
  return {
    ...(ANYON_SIMULATOR_URL === undefined && { simulator }),
    egress: { name: 'egress', argv: [...littleGarbage.small, withMaps, egressBundle], cwd: dist, env: egressEnvironment(surroundings), sources: [egressBundle] },
    worker: { name: 'worker', argv: [...debuggerArguments('worker'), ...littleGarbage.busy, withMaps, path.join(dist, 'worker.mjs')], cwd: dist, env: product },
    preview: { name: 'preview', argv: [...littleGarbage.small, withMaps, path.join(dist, 'preview.mjs')], cwd: dist, env: previewEnvironment(surroundings) },
    web: NODE_ENV === 'development' ? developmentWeb(web, path.join(dist, '..')) : web,
  };
}

/** Where workspaces find the egress proxy. */
export function egressUrl(gateway: string | null): string {
  const { ANYON_EGRESS_URL, ANYON_EGRESS_PORT, ANYON_HOST } = env();
  return ANYON_EGRESS_URL ?? `http://${gateway ?? ANYON_HOST}:${ANYON_EGRESS_PORT}`;
}

function simulatorUrl(gateway: string | null): string {
  const { ANYON_SIMULATOR_URL, ANYON_SIMULATOR_PORT, ANYON_HOST } = env();
  return ANYON_SIMULATOR_URL ?? `http://${gateway ?? ANYON_HOST}:${ANYON_SIMULATOR_PORT}`;
}

function egressEnvironment({ databaseUrl, gateway }: Surroundings): NodeJS.ProcessEnv {
  const { ANYON_DEPLOYMENT_MODE, ANYON_LOG_LEVEL, ANYON_INSTANCE, ANYON_EGRESS_PRIVATE } = env();
  return {
    ...sharedArenas,
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    ANYON_DEPLOYMENT_MODE,
    ANYON_LOG_LEVEL,
    ANYON_INSTANCE,
    ANYON_EGRESS_PRIVATE,
    ANYON_EGRESS_URL: egressUrl(gateway),
    ANYON_SIMULATOR_URL: simulatorUrl(gateway),
  };
}

/** It meets what browsers and workspaces send: it knows the database and the engine, and no key. */
function previewEnvironment({ databaseUrl }: Surroundings): NodeJS.ProcessEnv {
  const { ANYON_DEPLOYMENT_MODE, ANYON_LOG_LEVEL, ANYON_INSTANCE, ANYON_ALLOWED_GITHUB_IDS, ANYON_HOST, DOCKER_HOST, dataDir, tempDir, publicUrl, previewPort, previewUrl } = env();
  const { ANYON_PORT, ANYON_POSTGRES_PORT, ANYON_SIMULATOR_PORT, ANYON_EGRESS_PORT } = env();
  return {
    ...sharedArenas,
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    ANYON_DEPLOYMENT_MODE,
    ANYON_LOG_LEVEL,
    ANYON_INSTANCE,
    ANYON_ALLOWED_GITHUB_IDS: ANYON_ALLOWED_GITHUB_IDS.join(','), // who is admitted is asked at every request
    ANYON_HOST,
    ANYON_PORT: String(ANYON_PORT),
    ANYON_POSTGRES_PORT: String(ANYON_POSTGRES_PORT),
    ANYON_SIMULATOR_PORT: String(ANYON_SIMULATOR_PORT),
    ANYON_EGRESS_PORT: String(ANYON_EGRESS_PORT),
    ANYON_URL: publicUrl,
    ANYON_DATA_DIR: dataDir,
    ANYON_TEMP_DIR: tempDir,
    ANYON_PREVIEW_PORT: String(previewPort),
    ...(previewUrl !== null && { ANYON_PREVIEW_URL: previewUrl }),
    ...(DOCKER_HOST !== undefined && { DOCKER_HOST }),
  };
}

function productEnvironment({ databaseUrl, authSecret, secretKeys, gateway }: Surroundings): NodeJS.ProcessEnv {
  return childEnvironment({
    ...sharedArenas,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: authSecret,
    ANYON_SECRET_KEY: secretKeys.ANYON_SECRET_KEY ?? '',
    ANYON_SECRET_KEYS_BEFORE: secretKeys.ANYON_SECRET_KEYS_BEFORE ?? '',
    ANYON_SIMULATOR_URL: simulatorUrl(gateway),
    ANYON_EGRESS_URL: egressUrl(gateway),
  });
}

/** Equal for two commands that would run the same: their sources, arguments and environment. Empty for one that outlives nothing. */
export function fingerprint({ argv, env: environment, sources }: ChildCommand): string {
  if (!sources) return '';
  const hash = createHash('sha256').update(JSON.stringify([argv, Object.entries(environment).sort()]));
  for (const file of sources.flatMap(filesOf).sort()) hash.update(file).update(fs.readFileSync(file));
  return hash.digest('hex');
}

function filesOf(source: string): string[] {
  if (!fs.statSync(source).isDirectory()) return [source];
  const entries = fs.readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => path.join(entry.parentPath, entry.name));
}
