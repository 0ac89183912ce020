import { EventEmitter } from 'node:events';
import { processState } from '@/server/process-state';

const emitter = () => processState('question-news', () => new EventEmitter().setMaxListeners(0));

/** Says within this process that a run has something to ask. A hint: the rows are the truth, and may be committed a moment later. */
export function tellOfQuestion(runId: string): void {
  emitter().emit(runId);
}

/** Resolves after `ms`, at the next hint for this run, or when the signal is aborted; true when it was a hint. */
export function questionOrPause(runId: string, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (hinted: boolean) => {
      clearTimeout(timer);
      emitter().off(runId, onHint);
      signal.removeEventListener('abort', onAbort);
      resolve(hinted);
    };
    const onHint = () => end(true);
    const onAbort = () => end(false);
    const timer = setTimeout(() => end(false), ms);
    emitter().once(runId, onHint);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
