import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ContainerEngine, ContainerSpec, NetworkSpec } from '@/server/containers/engine';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { ownInstance } from '@/tests/setup/owned-names';

export const claudeImage = 'anyon-claude:latest';

/** Names, a data directory and a network of one test file on the real engine; `close` removes all that carries its label. */
export interface EngineFixture {
  engine: ContainerEngine;
  instance: string;
  labels: Record<string, string>;
  network: string;
  dataDir: string;
  /** The folders that a workspace has, owned by the container's user. */
  files: string;
  exchange: string;
  /** Of the workspace, as the host fills it. */
  secrets: string;
  /** A small container that sleeps, unless told otherwise. */
  spec(overrides?: Partial<ContainerSpec>): ContainerSpec;
  close(): Promise<void>;
}

/** Opens a fixture; `make` puts another engine in Docker's place. */
export async function openEngineFixture(make?: (home: { dataDir: string; secretsDir: string; instance: string }) => ContainerEngine): Promise<EngineFixture> {
  const instance = await ownInstance();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'anyon-engine-'));
  const [files, exchange] = ['files', 'exchange'].map((name) => path.join(dataDir, 'workspaces/w1', name)) as [string, string];
  const secretsDir = path.join(dataDir, 'cloud-secrets');
  const secrets = path.join(secretsDir, 'w1');
  for (const folder of [files, exchange, secrets]) await makeFolder(folder);
  const engine = make?.({ dataDir, secretsDir, instance }) ?? createDockerEngine({ dataDir, secretsDir, instance });
  const labels = { 'anyon.instance': instance };
  const network = `anyon-${instance}`;
  await engine.ensureNetwork(networkSpec(network, labels));
  return {
    engine,
    instance,
    labels,
    network,
    dataDir,
    files,
    exchange,
    secrets,
    spec: (overrides = {}) => ({
      name: `anyon-${instance}-${randomBytes(3).toString('hex')}`,
      image: claudeImage,
      labels,
      env: {},
      user: '1000:1000',
      network,
      limits: { memoryBytes: 256 * 1024 * 1024, cpus: 0.5, pids: 64 },
      mounts: [],
      ...overrides,
    }),
    async close() {
      for (const container of await engine.listContainers(labels)) await engine.removeContainer(container.id);
      await engine.removeNetwork(network);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A network as the product makes one; its bridge follows from its name. */
export function networkSpec(name: string, labels: Record<string, string>): NetworkSpec {
  return { name, labels, bridge: `at${createHash('sha256').update(name).digest('hex').slice(0, 13)}`, pool: '10.213.0.0/16' };
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (process.getuid?.() === 0) await chown(folder, 1000, 1000);
  else await chmod(folder, 0o777);
}
