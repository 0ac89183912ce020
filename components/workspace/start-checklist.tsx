'use client';

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { Circle, CircleCheck, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { StartStep, StartStepName } from '@/contract/workspace';
import { AnsiText } from '@/components/logs/ansi-text';
import { useTRPC } from '@/components/trpc/trpc';
import { CopyButton } from '@/components/ui/copy-button';
import { Elapsed, RelativeTime } from '@/components/ui/relative-time';

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
export function StartChecklist({ workspaceId, steps }: { workspaceId: string; steps: StartStep[] }) {
  return (
    <ol aria-label="Start-up" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {steps.map((step) => (
        <Step key={step.name} workspaceId={workspaceId} step={step} />
      ))}
    </ol>
  );
}

function Step({ workspaceId, step }: { workspaceId: string; step: StartStep }) {
  const { icon: Icon, word, color } = looks[step.status];
  return (
    <li className="px-4 py-2.5" aria-current={step.status === 'running' ? 'step' : undefined}>
      <div className="flex items-center gap-3">
        <Icon aria-hidden className={clsx('size-4 shrink-0', color, step.status === 'running' && 'animate-spin')} />
        <span className={clsx('font-medium', step.status === 'pending' && 'text-ink-faint')}>{labels[step.name]}</span>
        <span className="sr-only">{word}</span>
        <span className="ml-auto font-mono text-xs text-ink-faint">{step.startedAt && <Elapsed from={step.startedAt} to={step.endedAt} />}</span>
      </div>
      {(step.status === 'running' || step.status === 'done') && step.message && <p className="mt-1 ml-7 text-sm text-ink-soft [overflow-wrap:anywhere]">{step.message}</p>}
      {step.status === 'failed' && (
        <>
          <Output alert>{step.message ?? 'It failed without saying why.'}</Output>
          {step.name === 'setup' && <SetupOutput workspaceId={workspaceId} />}
        </>
      )}
    </li>
  );
}

/** The end of what the script said, which is more than the reason in the step. */
function SetupOutput({ workspaceId }: { workspaceId: string }) {
  const trpc = useTRPC();
  const output = useQuery(trpc.workspaces.setupLog.queryOptions({ workspaceId }));
  if (!output.data) return null;
  return (
    <div className="mt-2">
      <p className="ml-7 flex items-center gap-1 text-xs text-ink-faint">
        Output of the script, ended <RelativeTime date={output.data.endedAt} />
        <CopyButton label="Copy the output" text={output.data.text} />
      </p>
      <Output>{output.data.text}</Output>
    </div>
  );
}

function Output({ alert = false, children }: { alert?: boolean; children: string }) {
  return (
    <pre role={alert ? 'alert' : undefined} tabIndex={0} className="mt-1 ml-7 max-h-72 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
      <AnsiText text={children} />
    </pre>
  );
}
