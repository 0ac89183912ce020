'use client';

import { clsx } from 'clsx';
import { Circle, CircleCheck, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { StartStep, StartStepName } from '@/contract/workspace';
import { Elapsed } from '@/components/ui/relative-time';

const labels: Record<StartStepName, string> = {
  image: 'Image',
  container: 'Container',
  network: 'Isolated network',
  clone: 'Clone the repository',
  setup: 'Set-up script',
  ready: 'Ready',
};

const looks: Record<StartStep['status'], { icon: LucideIcon; word: string; color: string }> = {
  pending: { icon: Circle, word: 'Waiting', color: 'text-ink-faint' },
  running: { icon: LoaderCircle, word: 'In progress', color: 'text-state-starting' },
  done: { icon: CircleCheck, word: 'Done', color: 'text-state-succeeded' },
  failed: { icon: CircleX, word: 'Failed', color: 'text-state-failed' },
};

/** The steps of a workspace's start with their seconds; a failed one shows why. */
export function StartChecklist({ steps }: { steps: StartStep[] }) {
  return (
    <ol aria-label="Start-up" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {steps.map((step) => (
        <Step key={step.name} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { step: StartStep }) {
  const { icon: Icon, word, color } = looks[step.status];
  return (
    <li className="px-4 py-2.5" aria-current={step.status === 'running' ? 'step' : undefined}>
      <div className="flex items-center gap-3">
        <Icon aria-hidden className={clsx('size-4 shrink-0', color, step.status === 'running' && 'animate-spin')} />
        <span className={clsx('font-medium', step.status === 'pending' && 'text-ink-faint')}>{labels[step.name]}</span>
        <span className="sr-only">{word}</span>
        <span className="ml-auto font-mono text-xs text-ink-faint">{step.startedAt && <Elapsed from={step.startedAt} to={step.endedAt} />}</span>
      </div>
      {step.status === 'running' && step.message && <p className="mt-1 ml-7 text-sm text-ink-soft [overflow-wrap:anywhere]">{step.message}</p>}
      {step.status === 'failed' && (
        <pre role="alert" className="mt-2 ml-7 max-h-72 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
          {step.message ?? 'It failed without saying why.'}
        </pre>
      )}
    </li>
  );
}
