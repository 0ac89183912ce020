import { and, eq } from 'drizzle-orm';
import { startStepNames, type StartStepName } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import type { StoredStartStep } from '@/db/schema/workspaces';
import { database } from '@/server/database';
import { maskTokens } from '@/server/secrets/masked-text';
import type { WorkspaceMove } from '@/server/workspaces/workspace-status';

type FurtherColumns = NonNullable<WorkspaceMove['set']>;

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
  readonly #onProgress: () => void;
  #steps = freshSteps();
  #lastMessage = '';
  #writtenMessage = '';
  #writtenAt = 0;

  /** `onProgress` is called whenever something was achieved: a step begun or ended, a line that was not there before. */
  constructor(workspaceId: string, fence: number, onProgress: () => void) {
    this.#workspaceId = workspaceId;
    this.#fence = fence;
    this.#onProgress = onProgress;
  }

  /** The steps as they stand, for a move that writes them together with the state. */
  get steps(): StoredStartStep[] {
    return this.#steps;
  }

  /** Writes that it has begun, together with the end of the step before it and further columns of the row. */
  begin(name: StartStepName, further: FurtherColumns = {}): Promise<boolean> {
    this.#change(name, { status: 'running', startedAt: new Date().toISOString(), endedAt: null, message: null });
    return this.#write(further);
  }

  /** Is written with what comes next: the begin of another step, or the move that takes `steps`. */
  done(name: StartStepName, message: string | null = null): void {
    this.#change(name, { status: 'done', endedAt: new Date().toISOString(), message: maskTokens(message) });
  }

  /** Marks the step that is running as failed. */
  async failRunning(message: string): Promise<void> {
    const running = this.#steps.find((step) => step.status === 'running');
    if (!running) return;
    this.#change(running.name, { status: 'failed', endedAt: new Date().toISOString(), message: maskTokens(message) });
    await this.#write();
  }

  /**
   * What the step that is running says at the moment; may be called as often as one likes. A message that was not there
   * before is progress. At most two a second reach the row: one that came too soon does at a later call.
   */
  async progress(name: StartStepName, message: string): Promise<void> {
    if (message !== this.#lastMessage) this.#onProgress();
    this.#lastMessage = message;
    if (message === this.#writtenMessage || Date.now() - this.#writtenAt < 500) return;
    this.#writtenMessage = message;
    this.#writtenAt = Date.now();
    this.#change(name, { message: maskTokens(message.slice(0, 300)) });
    await this.#write();
  }

  #change(name: StartStepName, change: Partial<StoredStartStep>): void {
    this.#onProgress();
    this.#steps = this.#steps.map((step) => (step.name === name ? { ...step, ...change } : step));
  }

  async #write(further: FurtherColumns = {}): Promise<boolean> {
    const rows = await database()
      .update(workspaces)
      .set({ ...further, steps: this.#steps })
      .where(and(eq(workspaces.id, this.#workspaceId), eq(workspaces.fence, this.#fence)))
      .returning({ id: workspaces.id });
    return rows.length === 1;
  }
}
