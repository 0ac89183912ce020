import { clsx } from 'clsx';
import type { LucideIcon } from 'lucide-react';

export type StateTone = 'queued' | 'starting' | 'running' | 'needs-you' | 'succeeded' | 'failed' | 'stopped' | 'unknown';

/** How a state looks: colour, picture and word together, so that none of them has to be understood alone. */
export interface StateLook {
  tone: StateTone;
  icon: LucideIcon;
  word: string;
  spins?: boolean;
}

const tones: Record<StateTone, string> = {
  queued: 'text-state-queued',
  starting: 'text-state-starting',
  running: 'text-state-running',
  'needs-you': 'text-state-needs-you',
  succeeded: 'text-state-succeeded',
  failed: 'text-state-failed',
  stopped: 'text-state-stopped',
  unknown: 'text-state-unknown',
};

export function StateBadge({ look: { tone, icon: Icon, word, spins }, className }: { look: StateLook; className?: string }) {
  return (
    <span data-state={tone} className={clsx('inline-flex items-center gap-1.5 font-medium whitespace-nowrap', tones[tone], className)}>
      <Icon aria-hidden className={clsx('size-4 shrink-0', spins && 'animate-spin [animation-duration:2s]')} />
      {word}
    </span>
  );
}
