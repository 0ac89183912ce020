import { MAX_LOG_HITS, type LogHit, type LogSearchEvent } from '@/contract/log-search';

/** A search as it stands: what was found so far, and how far it is. */
export interface LogSearchState {
  hits: LogHit[];
  found: number;
  done: number;
  total: number;
  state: 'searching' | 'waiting' | 'end' | 'failed';
  problem: string | null;
}

export const beginning: LogSearchState = { hits: [], found: 0, done: 0, total: 0, state: 'searching', problem: null };

/** What is known after more news of the search. */
export function withNews(before: LogSearchState, { hits, found, done, total, state }: LogSearchEvent): LogSearchState {
  return { hits: hits.length > 0 ? [...before.hits, ...hits] : before.hits, found, done, total, state, problem: null };
}

/** The hit to go to next: in the order they were found, around the end. */
export function nextHit(current: number | null, hits: number, step: 1 | -1): number | null {
  if (hits === 0) return null;
  if (current === null) return step === 1 ? 0 : hits - 1;
  return (current + step + hits) % hits;
}

/** How the search stands, in words. */
export function searchWords({ hits, found, done, total, state, problem }: LogSearchState, current: number | null): string {
  if (problem !== null) return problem;
  const share = total > 0 ? Math.floor((done / total) * 100) : 0;
  const going = state === 'searching' ? `, ${share} % searched` : '';
  if (found === 0) return state === 'searching' ? `Searching… ${share} %` : 'No hits';
  const shown = found > hits.length && hits.length >= MAX_LOG_HITS ? ` (the first ${MAX_LOG_HITS.toLocaleString('en')} can be visited)` : '';
  return `${current === null ? '' : `${(current + 1).toLocaleString('en')} of `}${found.toLocaleString('en')} ${found === 1 ? 'hit' : 'hits'}${shown}${going}`;
}
