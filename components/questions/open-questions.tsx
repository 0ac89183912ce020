'use client';

import type { RunView } from '@/contract/run';

/** What Claude asks and waits for, with the buttons that answer it; nothing while nothing is open. */
export function OpenQuestions(_props: { run: RunView }) {
  return null;
}
