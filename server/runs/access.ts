import { eq, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { builtOnce } from '@/db/built-once';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunRow } from '@/server/runs/run-status';
import { mayUse } from '@/server/workspaces/access';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

declare const proof: unique symbol;

/** Proof that `actor` may see and steer this run. Only `requireRunAccess` makes one. */
export interface RunAccess {
  readonly actor: Actor;
  readonly run: RunRow;
  readonly workspace: WorkspaceRow;
  readonly [proof]: true;
}

const runWithWorkspace = builtOnce('run_with_workspace', (db) =>
  db
    .select({ run: runs, workspace: workspaces })
    .from(runs)
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(eq(runs.id, sql.placeholder('runId'))),
);

/** A run belongs to its workspace: who may use the one may use the other. For everybody else it does not exist (`not_found`). */
export async function requireRunAccess(actor: Actor, runId: string): Promise<RunAccess> {
  const [found] = await runWithWorkspace(database()).execute({ runId });
  if (!found || !mayUse(actor, found.workspace)) throw new AnyonError('not_found', 'There is no such run, or it is not yours.');
  return { actor, ...found } as RunAccess;
}
