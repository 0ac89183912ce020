import { removedSentence } from '@/contract/retention';
import { AnyonError } from '@/server/errors';
import type { RunRow } from '@/server/runs/run-status';

type LogMark = Pick<RunRow, 'logRemovedAt' | 'logRemovedBecause'>;

/** Why a run has no log any more, in a sentence; null while it has one. */
function logRemovedSentence({ logRemovedAt, logRemovedBecause }: LogMark): string | null {
  return logRemovedAt && removedSentence('The log', logRemovedAt, logRemovedBecause ?? 'no longer kept');
}

/** Throws that as `gone`. */
export function assertLogIsKept(run: LogMark): void {
  const sentence = logRemovedSentence(run);
  if (sentence !== null) throw new AnyonError('gone', sentence);
}
