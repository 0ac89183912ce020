'use client';

import type { ReactNode } from 'react';
import type { RunView } from '@/contract/run';

/** What was said and done in a conversation up to and with this run, as readable turns; live while the run is on. `end` stands behind the last of them. */
export function Conversation({ end }: { run: RunView; end: ReactNode }) {
  return <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">{end}</div>;
}
