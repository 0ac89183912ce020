'use client';

import type { RunView } from '@/contract/run';

/** What the watchdog has noticed about the run, what it did and what comes next. */
export function RunNotices(_props: { run: RunView }) {
  return null;
}
