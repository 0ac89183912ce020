import { and, asc, eq, ilike, inArray, type SQL } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { StartBatchInput, WorkspaceFilter } from '@/contract/batch';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { mayUse } from '@/server/workspaces/access';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const MOST_WORKSPACES = 500;

export type Selected = Pick<WorkspaceRow, 'id' | 'name' | 'ownerId'>;

/**
 * The workspaces that a batch is for. By id: each must be there and the actor's to use, or the whole is `not_found` and nothing
 * is done. By filter: those the actor may use and to which every condition applies; none at all is a `precondition`.
 */
export async function selectWorkspaces(actor: Actor, selection: StartBatchInput['selection']): Promise<Selected[]> {
  if ('workspaceIds' in selection) return selectByIds(actor, [...new Set(selection.workspaceIds)]);
  const found = await select(and(actor.role === 'admin' ? undefined : eq(workspaces.ownerId, actor.userId), ...conditions(selection.filter)));
  if (found.length === 0) throw new AnyonError('precondition', 'No workspace of yours is like this. Choose others.');
  if (found.length > MOST_WORKSPACES) throw new AnyonError('limit_reached', `These are more than ${MOST_WORKSPACES} workspaces, the most that one batch can have. Choose fewer.`);
  return found;
}

async function selectByIds(actor: Actor, ids: readonly string[]): Promise<Selected[]> {
  const found = new Map((await select(inArray(workspaces.id, [...ids]))).map((workspace) => [workspace.id, workspace]));
  return ids.map((id) => {
    const workspace = found.get(id);
    if (!workspace || !mayUse(actor, workspace)) throw new AnyonError('not_found', 'One of these workspaces does not exist, or is not yours.');
    return workspace;
  });
}

function conditions({ status, ownerId, repositoryUrl, name }: WorkspaceFilter): (SQL | undefined)[] {
  return [
    status && inArray(workspaces.status, status),
    ownerId === undefined ? undefined : eq(workspaces.ownerId, ownerId),
    repositoryUrl === undefined ? undefined : eq(workspaces.repositoryUrl, repositoryUrl),
    name ? ilike(workspaces.name, `%${name.replace(/[\\%_]/g, '\\$&')}%`) : undefined,
  ];
}

async function select(where: SQL | undefined): Promise<Selected[]> {
  return database()
    .select({ id: workspaces.id, name: workspaces.name, ownerId: workspaces.ownerId })
    .from(workspaces)
    .where(where)
    .orderBy(asc(workspaces.createdAt), asc(workspaces.id)) // many may have been made in one moment
    .limit(MOST_WORKSPACES + 1);
}
