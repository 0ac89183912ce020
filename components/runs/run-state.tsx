import { Ban, CircleCheck, CircleHelp, CircleX, Clock, Hand, Hourglass, LoaderCircle, OctagonPause, Unplug } from 'lucide-react';
import type { ParkReason, RunStatus, RunView } from '@/contract/run';
import { StateBadge, type StateLook } from '@/components/ui/state-badge';

const looks: Record<RunStatus, StateLook> = {
  queued: { tone: 'queued', icon: Clock, word: 'Queued' },
  starting: { tone: 'starting', icon: LoaderCircle, word: 'Starting', spins: true },
  running: { tone: 'running', icon: LoaderCircle, word: 'Running', spins: true },
  needs_you: { tone: 'needs-you', icon: Hand, word: 'Needs you' },
  parked: { tone: 'needs-you', icon: Hourglass, word: 'Parked' },
  stopping: { tone: 'stopped', icon: OctagonPause, word: 'Stopping' },
  succeeded: { tone: 'succeeded', icon: CircleCheck, word: 'Succeeded' },
  failed: { tone: 'failed', icon: CircleX, word: 'Failed' },
  stopped: { tone: 'stopped', icon: Ban, word: 'Stopped' },
  interrupted: { tone: 'failed', icon: Unplug, word: 'Interrupted' },
  lost: { tone: 'unknown', icon: CircleHelp, word: 'Lost' },
};

const waitsFor: Record<ParkReason, string> = { claude_sign_in: 'Waits for sign-in', github_sign_in: 'Waits for sign-in', usage_limit: 'Waits for limit', claude_unreachable: 'Waits for Claude' };

/** How a run stands; of a parked one, what it waits for. */
export function RunState({ run: { status, parkedFor }, className }: { run: Pick<RunView, 'status' | 'parkedFor'>; className?: string }) {
  const look = status === 'parked' && parkedFor ? { ...looks.parked, word: waitsFor[parkedFor] } : looks[status];
  return <StateBadge look={look} {...(className && { className })} />;
}
