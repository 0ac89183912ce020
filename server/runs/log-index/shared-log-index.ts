import { processState } from '@/server/process-state';
import { openLogIndex, type LogIndex } from '@/server/runs/log-index/log-index';

/** An index of 1 GB takes half a megabyte. */
const MOST_INDEXES = 64;

/** The index of the masked log at `path`, the same one for all who look at it in this process; the ones used last are held. */
export function sharedLogIndex(path: string): LogIndex {
  const indexes = processState('log-indexes', () => new Map<string, LogIndex>());
  const index = indexes.get(path) ?? openLogIndex(path);
  indexes.delete(path);
  indexes.set(path, index);
  for (const oldest of indexes.keys()) {
    if (indexes.size <= MOST_INDEXES) break;
    indexes.delete(oldest);
  }
  return index;
}
