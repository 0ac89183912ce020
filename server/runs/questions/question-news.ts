import { EventEmitter } from 'node:events';
import { processState } from '@/server/process-state';

const emitter = () => processState('question-news', () => new EventEmitter().setMaxListeners(0));

/** Says within this process that a run has something to ask. A hint: the rows are the truth, and may be committed a moment later. */
export function tellOfQuestion(runId: string): void {
  emitter().emit(runId);
}

/** Hears the hints for one run, also while its listener is busy. */
export class QuestionNews {
  /** When the last one came; 0 when none did. */
  lastAt = 0;
  #wake: (() => void) | null = null;
  readonly #runId: string;
  readonly #onHint = () => {
    this.lastAt = Date.now();
    this.#wake?.();
  };

  constructor(runId: string) {
    this.#runId = runId;
    emitter().on(runId, this.#onHint);
  }

  /** Returns after `ms`, at the next hint, or when the signal is aborted. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', this.#wake, { once: true });
    });
    if (this.#wake) signal.removeEventListener('abort', this.#wake);
    this.#wake = null;
  }

  close(): void {
    emitter().off(this.#runId, this.#onHint);
  }
}
