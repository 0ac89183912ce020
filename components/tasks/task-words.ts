import { Ban, CircleCheck, CircleX, Clock, Hourglass, Layers2, LoaderCircle, OctagonX, RotateCw } from 'lucide-react';
import type { ErrorClass } from '@/contract/recovery';
import type { TaskAttempt, TaskCause, TaskKind, TaskStatus } from '@/contract/task';
import type { StateLook } from '@/components/ui/state-badge';

export const kindWords: Readonly<Record<TaskKind, string>> = {
  create: 'Create',
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  delete: 'Delete',
  archive: 'Archive',
  sync: 'Check against Docker',
};

export const taskLooks: Readonly<Record<TaskStatus, StateLook>> = {
  queued: { tone: 'queued', icon: Clock, word: 'Queued' },
  running: { tone: 'running', icon: LoaderCircle, word: 'Running', spins: true },
  waiting: { tone: 'needs-you', icon: Hourglass, word: 'Waiting' },
  retrying: { tone: 'starting', icon: RotateCw, word: 'Tries again' },
  succeeded: { tone: 'succeeded', icon: CircleCheck, word: 'Done' },
  failed: { tone: 'failed', icon: CircleX, word: 'Failed' },
  parked: { tone: 'failed', icon: OctagonX, word: 'Parked' },
  superseded: { tone: 'stopped', icon: Layers2, word: 'Replaced' },
  cancelled: { tone: 'stopped', icon: Ban, word: 'Cancelled' },
};

export const outcomeWords: Readonly<Record<TaskAttempt['outcome'], string>> = {
  running: 'Under way',
  succeeded: 'Done',
  failed: 'Failed',
  died: 'Its worker died',
  waiting: 'Went back into the queue',
  superseded: 'Replaced',
};

export const classWords: Readonly<Record<ErrorClass, string>> = {
  engine: 'Docker',
  network: 'network',
  storage: 'disk',
  memory: 'memory',
  authentication: 'sign-in',
  other: 'other',
};

/** Who or what asked, as words behind the kind of task. */
export function askedBy(cause: TaskCause, login: string | null): string {
  switch (cause) {
    case 'person':
      return `by ${login ?? 'a person'}`;
    case 'batch':
      return `by ${login ?? 'a person'}, in a batch`;
    case 'recovery':
      return 'by Anyon, to bring it back';
    case 'idle':
      return 'by Anyon, because nobody used it';
    case 'reconcile':
      return 'by Anyon, to put it right';
    case 'run':
      return 'by Anyon, for a run that goes on';
  }
}
