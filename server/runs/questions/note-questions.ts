import type { RunEventLine } from '@/contract/run-event';
import type { DatabaseOrTransaction } from '@/db/client';
import type { RunRow } from '@/server/runs/run-status';

/** Writes down what Claude asks in these lines and moves the run to `needs_you`; in the transaction that stores the lines, so that no question is lost or asked twice. */
export async function noteQuestions(_transaction: DatabaseOrTransaction, _run: Pick<RunRow, 'id' | 'fence'>, _lines: readonly RunEventLine[]): Promise<void> {}
