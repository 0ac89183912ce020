'use client';

import type { RunView } from '@/contract/run';
import { RunChanges } from '@/components/runs/run-changes';

/** What was changed, file by file, and what a person has to say about it. */
export function ChangesTab({ run }: { run: RunView }) {
  return <RunChanges run={run} />;
}
