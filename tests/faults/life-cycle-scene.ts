import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { createWorkspaceInput } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { brokenInvariants, brokenRows, recordMoves } from '@/tests/faults/life-cycle-invariants';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** How long everything may take to come right after a fault (REL-03). */
const QUIET_WITHIN_MS = 30_000;

/** The product's domain in this test process, to ask for things; workers are processes of their own, to be killed. */
export interface LifeCycleScene {
  product: TestProduct;
  owner: Actor;
  repositoryUrl: string;
  create(name: string, further?: Record<string, unknown>): Promise<string>;
  access(workspaceId: string): Promise<WorkspaceAccess>;
  /** The row; null when it is gone. */
  row(workspaceId: string): Promise<WorkspaceRow | null>;
  until(workspaceId: string, what: string, done: (row: WorkspaceRow | null) => boolean): Promise<WorkspaceRow | null>;
  /** Work that no commit holds: a new file in the repository. */
  leaveWork(workspaceId: string, content: string): void;
  /** Waits until every invariant holds; throws with what is broken when it does not in time. Resolves with the seconds. */
  quiet(): Promise<number>;
}

export async function openLifeCycleScene(): Promise<LifeCycleScene> {
  const product = await startTestProduct();
  await recordMoves();
  const owner = await product.addUser('owner', 'admin');
  const repositoryUrl = product.addRepository('plain', { 'README.md': '# Plain\n' });
  const scope = { instance: product.instance, dataDir: env().dataDir };

  const row = async (workspaceId: string) => (await database().select().from(workspaces).where(eq(workspaces.id, workspaceId)))[0] ?? null;
  return {
    product,
    owner,
    repositoryUrl,
    create: async (name, further = {}) => (await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, name, limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1 }, ...further }))).id,
    access: (workspaceId) => requireWorkspaceAccess(owner, workspaceId),
    row,
    async until(workspaceId, what, done) {
      for (const deadline = Date.now() + QUIET_WITHIN_MS; ; ) {
        const now = await row(workspaceId);
        if (done(now)) return now;
        if (Date.now() > deadline) throw new Error(`Waited for ${what}; the workspace is ${now?.status ?? 'gone'} (${now?.statusReason ?? 'no reason'}).`);
        await sleep(50);
      }
    },
    leaveWork(workspaceId, content) {
      const repository = path.join(workspaceFilesDir(workspaceId), 'repo');
      mkdirSync(repository, { recursive: true });
      writeFileSync(path.join(repository, 'unsaved.txt'), content);
    },
    async quiet() {
      const started = Date.now();
      for (;;) {
        // The engine is asked only when no row is open: a command of it at every look would take half a processor from what is waited for.
        if ((await brokenRows()).length === 0 && (await brokenInvariants(scope)).length === 0) return (Date.now() - started) / 1000;
        if (Date.now() - started > QUIET_WITHIN_MS) {
          const broken = await brokenInvariants(scope);
          if (broken.length > 0) throw new Error(`Not right after ${QUIET_WITHIN_MS / 1000} s:\n${broken.join('\n')}`);
        }
        await sleep(200);
      }
    },
  };
}
