import { chown, mkdir } from 'node:fs/promises';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { EgressPolicy } from '@/contract/egress';
import { workspaces } from '@/db/schema';
import type { ContainerEngine, EngineNetwork } from '@/server/containers/engine';
import { database } from '@/server/database';
import { workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { claimSubnet } from '@/server/egress/claim-subnet';
import { workspaceNetworkSpec } from '@/server/egress/workspace-network';
import { ensureWorkspaceSecretsDir } from '@/server/secrets/injection/secret-folder';
import { workspaceContainerSpec, workspaceUser } from '@/server/workspaces/workspace-container';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';

/** The container of a workspace as the product makes it, without a clone and without a task: row, network, container. */
export interface WorkspaceContainer {
  workspaceId: string;
  id: string;
  name: string;
  network: EngineNetwork;
  /** Its IPv4 address. */
  address: string;
  /** Runs a program inside to its end. */
  run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Runs a script by the image's Node inside and reads what it printed as JSON. */
  node<T>(script: string, ...args: string[]): Promise<T>;
}

export async function openWorkspaceContainer(engine: ContainerEngine, owner: Actor, egress: EgressPolicy, repositoryUrl = 'https://github.com/owner/repository'): Promise<WorkspaceContainer> {
  const workspaceId = uuidv7();
  const [row] = await database()
    .insert(workspaces)
    .values({
      id: workspaceId,
      ownerId: owner.userId,
      name: egress.level,
      repositoryUrl,
      image: 'anyon-claude:latest',
      memoryBytes: 512 * 1024 ** 2,
      cpus: 1,
      pids: 256,
      egressLevel: egress.level,
      egressHosts: egress.hosts,
      status: 'running',
      steps: freshSteps(),
    })
    .returning();
  if (!row) throw new Error('The row was not made.');
  const { uid, gid } = workspaceUser();
  for (const folder of [workspaceFilesDir(workspaceId), workspaceExchangeDir(workspaceId)]) {
    await mkdir(folder, { recursive: true });
    if (process.getuid?.() === 0) await chown(folder, uid, gid);
  }
  await ensureWorkspaceSecretsDir(workspaceId);
  const network = await engine.ensureNetwork(workspaceNetworkSpec(row));
  await claimSubnet(workspaceId, network);
  const spec = workspaceContainerSpec(row);
  const id = await engine.createContainer(spec);
  await engine.startContainer(id);
  const address = (await engine.inspectContainer(id))?.address;
  if (!address) throw new Error('The container has no address.');
  const run: WorkspaceContainer['run'] = async (...argv) => {
    const { exitCode, stdout, stderr } = await engine.exec(id, { argv, timeoutMs: 60_000, maxOutputBytes: 4 * 1024 * 1024 });
    return { code: exitCode, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
  };
  return {
    workspaceId,
    id,
    name: spec.name,
    network,
    address,
    run,
    node: async <T>(script: string, ...args: string[]) => {
      const result = await run('node', '--input-type=module', '-e', script, '--', ...args);
      if (result.code !== 0) throw new Error(`The script failed in the container: ${result.stderr}`);
      return JSON.parse(result.stdout) as T;
    },
  };
}
