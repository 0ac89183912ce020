import { and, eq, inArray } from 'drizzle-orm';
import type { WorkspaceView } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { addWorkspace } from '@/server/workspaces/create-workspace';
import { settingsOf } from '@/server/workspaces/workspace-settings';

const LONGEST_NAME = 64;

/** A new workspace of the actor's own with the same repositories and settings, freshly cloned: none of the work in the old one comes along. */
export async function duplicateWorkspace(access: WorkspaceAccess, name?: string): Promise<WorkspaceView> {
  const { actor, workspace } = access;
  return addWorkspace(actor, {
    ...settingsOf(workspace),
    name: name ?? (await freeCopyName(actor.userId, workspace.name)),
    repositoryUrl: workspace.repositoryUrl,
    branch: workspace.branch,
    extraRepositories: workspace.extraRepositories,
  });
}

/** "x copy", then "x copy 2" and so on. Names need not be unique, so two copies at the same moment may share one. */
async function freeCopyName(ownerId: string, name: string): Promise<string> {
  const candidates = Array.from({ length: 50 }, (_, index) => copyName(name, index + 1));
  const rows = await database()
    .select({ name: workspaces.name })
    .from(workspaces)
    .where(and(eq(workspaces.ownerId, ownerId), inArray(workspaces.name, candidates)));
  const taken = new Set(rows.map((row) => row.name));
  return candidates.find((candidate) => !taken.has(candidate)) ?? copyName(name, 1);
}

function copyName(name: string, number: number): string {
  const ending = number === 1 ? ' copy' : ` copy ${number}`;
  return `${name.slice(0, LONGEST_NAME - ending.length).trimEnd()}${ending}`;
}
