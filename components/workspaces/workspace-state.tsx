import { Archive, CircleHelp, CirclePause, CirclePlay, HeartCrack, LoaderCircle, Trash2 } from 'lucide-react';
import type { WorkspaceStatus } from '@/contract/workspace';
import { StateBadge, type StateLook } from '@/components/ui/state-badge';

const looks: Record<WorkspaceStatus, StateLook> = {
  creating: { tone: 'starting', icon: LoaderCircle, word: 'Creating', spins: true },
  running: { tone: 'running', icon: CirclePlay, word: 'Running' },
  stopped: { tone: 'stopped', icon: CirclePause, word: 'Stopped' },
  unhealthy: { tone: 'failed', icon: HeartCrack, word: 'Unhealthy' },
  unknown: { tone: 'unknown', icon: CircleHelp, word: 'Unknown' },
  deleting: { tone: 'stopped', icon: Trash2, word: 'Deleting' },
  archived: { tone: 'stopped', icon: Archive, word: 'Archived' },
};

export function workspaceStateWord(status: WorkspaceStatus): string {
  return looks[status].word;
}

export function WorkspaceState({ status }: { status: WorkspaceStatus }) {
  return <StateBadge look={looks[status]} />;
}
