import { CircleCheck, CircleHelp, CircleX, Clock, LoaderCircle, TimerOff } from 'lucide-react';
import type { CheckState } from '@/contract/variant';
import type { StateLook } from '@/components/ui/state-badge';

/** How the check of a variant stands. */
export const checkLooks: Record<CheckState, StateLook> = {
  waiting: { tone: 'queued', icon: Clock, word: 'Check waits' },
  running: { tone: 'running', icon: LoaderCircle, word: 'Checking', spins: true },
  passed: { tone: 'succeeded', icon: CircleCheck, word: 'Check passed' },
  failed: { tone: 'failed', icon: CircleX, word: 'Check failed' },
  timed_out: { tone: 'failed', icon: TimerOff, word: 'Check timed out' },
  could_not_run: { tone: 'unknown', icon: CircleHelp, word: 'Not checked' },
};
