import { and, eq, inArray } from 'drizzle-orm';
import type { WorkspaceStatus } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { readMachine } from '@/server/deployment/machine';
import { log } from '@/server/log';
import { moveRun, type RunMove, type RunRow } from '@/server/runs/run-status';
import { decide } from '@/server/workspaces/admission/decide';
import { loadLine, loadRoom, lockAdmission } from '@/server/workspaces/admission/load-room';

const LOOK_EVERY_MS = 2_000;

interface Waiter {
  run: RunRow;
  /** Called once, outside of any transaction. */
  settle: (moved: RunRow | null) => void;
}

interface QueuedRun {
  id: string;
  statusReason: string | null;
  startedAt: Date | null;
  containerId: string | null;
  workspaceStatus: WorkspaceStatus;
}

/**
 * Where queued runs wait until the VM has room for them: the one place in the worker that lets a run begin. It looks when one
 * comes, when one ends, and every two seconds while somebody waits (a workspace was stopped, a limit changed, memory became
 * free). All that counts is in the rows: a worker that dies here loses nothing.
 */
export class RunLine {
  readonly #waiters = new Map<string, Waiter>();
  #looking = false;
  #again = false;
  #timer: NodeJS.Timeout | null = null;

  /**
   * Waits for the run's turn and moves it to `starting` under the container that the workspace has then. Resolves to the row, or
   * to null when nothing is left to begin: stopped, deleted, taken over, or it can never begin and the row says why. Rejects
   * when the signal is aborted.
   */
  enter(run: RunRow, signal: AbortSignal): Promise<RunRow | null> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (this.#waiters.get(run.id) === waiter) this.#waiters.delete(run.id);
        reject(signal.reason as Error);
      };
      const settle = (moved: RunRow | null) => {
        signal.removeEventListener('abort', leave);
        resolve(moved);
      };
      const waiter: Waiter = { run, settle };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.set(run.id, waiter);
      this.lookSoon();
    });
  }

  /** Something may have changed: looks now, or once more when it is looking already. */
  lookSoon(): void {
    if (this.#looking) this.#again = true;
    else if (this.#waiters.size > 0) void this.#look();
  }

  async #look(): Promise<void> {
    this.#looking = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    do {
      this.#again = false;
      try {
        await this.#round();
      } catch (error) {
        log().warn({ err: error }, 'runs: nobody can be let in at this moment, looking again');
      }
    } while (this.#again && this.#waiters.size > 0);
    this.#looking = false;
    if (this.#waiters.size > 0) this.#timer = setTimeout(() => this.lookSoon(), LOOK_EVERY_MS);
  }

  async #round(): Promise<void> {
    const machine = await readMachine();
    // Who comes or goes while this looks is for the next round. Oldest first, so that they also begin in their order.
    const waiters = [...this.#waiters.values()].sort((one, other) => one.run.createdAt.getTime() - other.run.createdAt.getTime());
    const settled = await database().transaction(async (transaction) => {
      await lockAdmission(transaction);
      const line = await loadLine(transaction);
      const verdicts = new Map(decide(await loadRoom(transaction, machine), line, new Date()).map((verdict) => [verdict.asker.id, verdict]));
      const rows = new Map((await loadQueued(transaction, waiters)).map((row) => [row.id, row]));
      const moved: [Waiter, RunRow | null][] = [];
      for (const waiter of waiters) {
        const row = rows.get(waiter.run.id);
        const move = row ? moveFor(row, verdicts.get(row.id)) : null;
        const result = move && (await moveRun(transaction, waiter.run.id, { ...move, from: ['queued'], fence: waiter.run.fence }));
        if (!row || (move && move.to !== 'queued')) moved.push([waiter, result?.status === 'starting' ? result : null]);
      }
      return moved;
    });
    for (const [waiter, row] of settled) {
      if (this.#waiters.get(waiter.run.id) !== waiter) continue;
      this.#waiters.delete(waiter.run.id);
      waiter.settle(row);
    }
  }
}

/** What becomes of a queued run; null when nothing has changed. */
function moveFor(row: QueuedRun, verdict: ReturnType<typeof decide>[number] | undefined): RunMove | null {
  if (verdict?.outcome === 'never') return { to: 'failed', reason: verdict.reason, set: { finishedAt: new Date() } };
  if (verdict?.outcome === 'admitted' && row.containerId) return { to: 'starting', reason: null, set: { containerId: row.containerId, startedAt: row.startedAt ?? new Date() } };
  if (['stopped', 'archived', 'deleting'].includes(row.workspaceStatus)) {
    return { to: 'interrupted', reason: `The workspace was ${row.workspaceStatus === 'archived' ? 'archived' : 'stopped'} before the run could begin. Start it, then start the run again.`, set: { finishedAt: new Date() } };
  }
  const reason = verdict?.outcome === 'waits' ? verdict.reason : `Waits for its workspace, which is ${row.workspaceStatus}. It starts when the workspace runs.`;
  return reason === row.statusReason ? null : { to: 'queued', reason };
}

/** Those that are still queued and still ours. */
async function loadQueued(db: DatabaseOrTransaction, waiters: readonly Waiter[]): Promise<QueuedRun[]> {
  const fences = new Map(waiters.map(({ run }) => [run.id, run.fence]));
  const rows = await db
    .select({ id: runs.id, fence: runs.fence, statusReason: runs.statusReason, startedAt: runs.startedAt, containerId: workspaces.containerId, workspaceStatus: workspaces.status })
    .from(runs)
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(and(inArray(runs.id, [...fences.keys()]), eq(runs.status, 'queued')));
  return rows.filter((row) => row.fence === fences.get(row.id));
}
