'use client';

import type { RunView } from '@/contract/run';

/** From the worktree to the remote: commits, push, pull request and how it stands. */
export function PublishPanel(_props: { run: RunView }) {
  return null;
}
