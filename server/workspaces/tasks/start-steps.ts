import { and, eq } from 'drizzle-orm';
import { startStepNames, type StartStepName } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import type { StoredStartStep } from '@/db/schema/workspaces';
import { database } from '@/server/database';

/** The checklist before anything has happened. */
export function freshSteps(): StoredStartStep[] {
  return startStepNames.map((name) => ({ name, status: 'pending', startedAt: null, endedAt: null, message: null }));
}

/**
 * The start-up checklist of one task, kept in the row so that every browser can follow it. Writes are fenced: a task that
 * was superseded changes nothing and learns so by `false`.
 */
export class StartChecklist {
  readonly #workspaceId: string;
  readonly #fence: number;
  #steps = freshSteps();
  #lastMessageAt = 0;

  constructor(workspaceId: string, fence: number) {
    this.#workspaceId = workspaceId;
    this.#fence = fence;
  }

  /** The steps as they stand, for a move that writes them together with the state. */
  get steps(): StoredStartStep[] {
    return this.#steps;
  }

  begin(name: StartStepName): Promise<boolean> {
    return this.#change(name, { status: 'running', startedAt: new Date().toISOString(), endedAt: null, message: null });
  }

  done(name: StartStepName, message: string | null = null): Promise<boolean> {
    return this.#change(name, { status: 'done', endedAt: new Date().toISOString(), message });
  }

  /** Marks the step that is running as failed (in memory; written with the move to `unhealthy`). */
  failRunning(message: string): void {
    const running = this.#steps.find((step) => step.status === 'running');
    if (running) Object.assign(running, { status: 'failed', endedAt: new Date().toISOString(), message });
  }

  /** Progress of the step that is running; at most twice a second reaches the row. */
  async progress(name: StartStepName, message: string): Promise<void> {
    if (Date.now() - this.#lastMessageAt < 500) return;
    this.#lastMessageAt = Date.now();
    await this.#change(name, { message: message.slice(0, 300) });
  }

  async #change(name: StartStepName, change: Partial<StoredStartStep>): Promise<boolean> {
    this.#steps = this.#steps.map((step) => (step.name === name ? { ...step, ...change } : step));
    const rows = await database()
      .update(workspaces)
      .set({ steps: this.#steps })
      .where(and(eq(workspaces.id, this.#workspaceId), eq(workspaces.fence, this.#fence)))
      .returning({ id: workspaces.id });
    return rows.length === 1;
  }
}
