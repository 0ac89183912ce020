import type { BindMount, ContainerSpec } from '@/server/containers/engine';
import { workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** Paths inside the container; the host's side of each is in server/deployment/paths.ts. */
export const FILES_TARGET = '/workspace';
export const EXCHANGE_TARGET = '/anyon/exchange';
export const REPOSITORY_PATH = `${FILES_TARGET}/repo`;
export const WORKTREES_PATH = `${FILES_TARGET}/worktrees`;

/** Uid and gid of `anyon` in the image, who owns the workspace's directories and runs everything in them. */
export function workspaceUser(): { uid: number; gid: number; text: string } {
  const uid = env().ANYON_DOCKER_USER;
  return { uid, gid: uid, text: `${uid}:${uid}` };
}

export function containerName(workspaceId: string): string {
  return `${env().ANYON_INSTANCE}-workspace-${workspaceId}`;
}

/** A network of its own, on which nobody else is. */
export function networkName(workspaceId: string): string {
  return `${env().ANYON_INSTANCE}-network-${workspaceId}`;
}

/** What marks containers and networks as ours; nothing without these labels is ever touched. */
export function workspaceLabels(workspaceId: string): Record<string, string> {
  return { 'anyon.instance': env().ANYON_INSTANCE, 'anyon.workspace': workspaceId };
}

/** The container of a workspace. It only sleeps; everything happens in commands that are started in it. */
export function workspaceContainerSpec(workspace: WorkspaceRow): ContainerSpec {
  const mounts: BindMount[] = [
    { source: workspaceFilesDir(workspace.id), target: FILES_TARGET },
    { source: workspaceExchangeDir(workspace.id), target: EXCHANGE_TARGET },
  ];
  return {
    name: containerName(workspace.id),
    image: workspace.image,
    labels: workspaceLabels(workspace.id),
    env: {},
    user: workspaceUser().text,
    network: networkName(workspace.id),
    limits: { memoryBytes: workspace.memoryBytes, cpus: workspace.cpus, pids: workspace.pids },
    mounts,
  };
}
