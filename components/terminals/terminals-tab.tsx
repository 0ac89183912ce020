'use client';

import type { WorkspaceView } from '@/contract/workspace';

/** Shells in the workspace, a tab for each. */
export function TerminalsTab(_props: { workspace: WorkspaceView }) {
  return null;
}
