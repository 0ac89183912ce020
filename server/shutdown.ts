import { processState } from '@/server/process-state';

/** Aborted once, when this process is told to end. Open streams end by it; without that the server would wait for them for ever. */
export function shutdownController(): AbortController {
  return processState('shutdown', () => new AbortController());
}
