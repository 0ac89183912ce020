import { Ban, CircleCheck, CircleHelp, CircleX, Clock, Hand, Hourglass, LoaderCircle, OctagonPause, Unplug } from 'lucide-react';
import type { RunStatus } from '@/contract/run';
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

export function RunState({ status, className }: { status: RunStatus; className?: string }) {
  return <StateBadge look={looks[status]} {...(className && { className })} />;
}
