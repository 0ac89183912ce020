import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { users } from '@/db/schema';
import { database } from '@/server/database';
import { ensureFirewall, removeFirewall } from '@/server/egress/firewall';
import type { LookupHost } from '@/server/outbound/lookup-host';
import { startEgress } from '@/server/egress/start-egress';
import { closeSender } from '@/server/queue/queue';
import { removeDockerObjects } from '@/tests/setup/docker-objects';
import { freePort } from '@/tests/setup/free-ports';
import { startSimulator, type RunningSimulator } from '@/tests/setup/simulator';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { ownInstance } from '@/tests/setup/owned-names';

/** The product's own parts in this test process: a database, a data directory, the simulator, the egress proxy and a git server, all real. */
export interface TestProduct {
  directory: string;
  instance: string;
  gitUrl: string;
  gateway: string;
  addRepository: (name: string, files: Record<string, string>, branches?: string[]) => string;
  addUser: (login: string, role?: Actor['role']) => Promise<Actor>;
  close: () => Promise<void>;
}

/** Must be called before anything of the product reads its environment; one product per test file (files are processes). */
export async function startTestProduct(options: { image?: string; lookup?: LookupHost } = {}): Promise<TestProduct> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-product-'));
  const instance = await ownInstance();
  const testDatabase = await createTestDatabase();
  Object.assign(process.env, {
    NODE_ENV: 'test',
    ANYON_DATA_DIR: path.join(directory, 'data'),
    ANYON_TEMP_DIR: path.join(directory, 'tmp'),
    ANYON_INSTANCE: instance,
    ANYON_SECRET_KEY: randomBytes(32).toString('base64'),
    ANYON_LOG_LEVEL: process.env['ANYON_LOG_LEVEL'] ?? 'silent',
    DATABASE_URL: testDatabase.url,
    ...(options.image && { ANYON_CLOUD_IMAGE: options.image }),
  });
  mkdirSync(path.join(directory, 'data'), { recursive: true });
  const gateway = await bridgeGateway(process.env['DOCKER_HOST']);
  const simulator = await startSimulator(gateway);
  const repositories = path.join(directory, 'git');
  mkdirSync(repositories);
  const git = await startGitHttpServer({ directory: repositories, host: gateway });
  Object.assign(process.env, {
    ANYON_SIMULATOR_URL: simulator.url,
    ANYON_EGRESS_URL: `http://${gateway}:${await freePort()}`,
    ANYON_EGRESS_PRIVATE: new URL(git.url).host,
    ...(process.getuid?.() !== 0 && { ANYON_FIREWALL: 'off' }), // only root can set rules
  });
  await ensureFirewall();
  const endEgress = await startEgress(options.lookup);
  return {
    directory,
    instance,
    gateway,
    gitUrl: git.url,
    addRepository(name, files, branches = []) {
      createRepository({ directory: repositories, name, files, branches });
      return `${git.url}/${name}.git`;
    },
    addUser,
    close: () => closeAll({ directory, instance, testDatabase, simulator, git, endEgress }),
  };
}

async function addUser(login: string, role: Actor['role'] = 'member'): Promise<Actor> {
  const userId = uuidv7();
  await database().insert(users).values({ id: userId, login, role });
  return { userId, sessionId: uuidv7(), login, role };
}

interface Running {
  directory: string;
  instance: string;
  testDatabase: TestDatabase;
  simulator: RunningSimulator;
  git: { close: () => Promise<void> };
  endEgress: () => Promise<void>;
}

async function closeAll(running: Running): Promise<void> {
  await removeDockerObjects(running.instance);
  if (process.getuid?.() === 0) await removeFirewall();
  await closeSender();
  await running.endEgress();
  await running.simulator.stop();
  await running.git.close();
  await running.testDatabase.drop();
  rmSync(running.directory, { recursive: true, force: true });
}
