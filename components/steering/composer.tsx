'use client';

import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';

/** Below a conversation: what comes next in it, and what waits for its turn. */
export function Composer(_props: { run: RunView; workspace: WorkspaceView | undefined }) {
  return null;
}
