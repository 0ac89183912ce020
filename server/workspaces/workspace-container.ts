import { createHash } from 'node:crypto';
import type { BindMount, ContainerSpec } from '@/server/containers/engine';
import { workspaceExchangeDir, workspaceFilesDir, workspaceSecretsDir } from '@/server/deployment/paths';
import { egressEnvironment, networkName, workspaceDns } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { SECRETS_TARGET } from '@/server/secrets/injection/secrets-target';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** Paths inside the container; the host's side of each is in server/deployment/paths.ts. */
export const FILES_TARGET = '/workspace';
export const EXCHANGE_TARGET = '/anyon/exchange';
export const REPOSITORY_PATH = `${FILES_TARGET}/repo`;
export const WORKTREES_PATH = `${FILES_TARGET}/worktrees`;
/** One folder for each further repository. */
export const EXTRA_REPOSITORIES_PATH = `${FILES_TARGET}/repositories`;

/** Uid and gid of `anyon` in the image, who owns the workspace's directories and runs everything in them. */
export function workspaceUser(): { uid: number; gid: number; text: string } {
  const uid = env().ANYON_DOCKER_USER;
  return { uid, gid: uid, text: `${uid}:${uid}` };
}

export function containerName(workspaceId: string): string {
  return `${env().ANYON_INSTANCE}-workspace-${workspaceId}`;
}

/** What marks containers and networks as ours; nothing without these labels is ever touched. */
export function workspaceLabels(workspaceId: string): Record<string, string> {
  return { 'anyon.instance': env().ANYON_INSTANCE, 'anyon.workspace': workspaceId };
}

/** Names the specification that a container was made from; bring-up makes it anew when the row asks for another. */
export const SPEC_LABEL = 'anyon.spec';

/** The container of a workspace. It only sleeps; everything happens in commands that are started in it. */
export function workspaceContainerSpec(workspace: WorkspaceRow): ContainerSpec {
  const mounts: BindMount[] = [
    { source: workspaceFilesDir(workspace.id), target: FILES_TARGET },
    { source: workspaceExchangeDir(workspace.id), target: EXCHANGE_TARGET },
    { source: workspaceSecretsDir(workspace.id), target: SECRETS_TARGET, readOnly: true },
  ];
  const lasting = {
    name: containerName(workspace.id),
    image: workspace.image,
    labels: workspaceLabels(workspace.id),
    env: egressEnvironment(),
    dns: workspaceDns(workspace),
    runtime: env().ANYON_CONTAINER_RUNTIME ?? null,
    openFiles: env().ANYON_OPEN_FILES,
    user: workspaceUser().text,
    network: networkName(workspace.id),
    mounts,
  };
  const limits = { memoryBytes: workspace.memoryBytes, cpus: workspace.cpus, pids: workspace.pids };
  return { ...lasting, labels: { ...lasting.labels, [SPEC_LABEL]: shortHash(lasting) }, limits };
}

/** Without the limits: those can be changed while it lives. */
function shortHash(lasting: Omit<ContainerSpec, 'limits'>): string {
  return createHash('sha256').update(JSON.stringify(lasting)).digest('hex').slice(0, 16);
}
