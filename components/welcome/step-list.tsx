'use client';

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import { useTRPC } from '@/components/trpc/trpc';
import { steps, type Step } from '@/components/welcome/steps';

/** The steps in order, and which of them are done: by how things stand, not by what was clicked. */
export function StepList({ step, titles, onOpen }: { step: Step; titles: Record<Step, { title: string }>; onOpen: (step: Step) => void }) {
  const done = useDoneSteps();
  return (
    <ol aria-label="Steps" className="flex gap-1 overflow-x-auto md:flex-col">
      {steps.map((each, index) => (
        <li key={each} className="shrink-0">
          <button
            type="button"
            aria-current={each === step ? 'step' : undefined}
            onClick={() => onOpen(each)}
            className={clsx('flex h-9 w-full items-center gap-2 rounded-md px-2 text-left text-sm font-medium whitespace-nowrap', each === step ? 'bg-raised text-ink shadow-sm' : 'text-ink-soft hover:bg-hover hover:text-ink')}
          >
            <span className={clsx('grid size-5 shrink-0 place-items-center rounded-full text-xs tabular-nums', done.has(each) ? 'bg-accent text-on-accent' : 'border border-line-strong')}>
              {done.has(each) ? <Check aria-hidden className="size-3" /> : index + 1}
            </span>
            <span className={clsx(each !== step && 'max-md:sr-only')}>{titles[each].title}</span>
            {done.has(each) && <span className="sr-only">, done</span>}
          </button>
        </li>
      ))}
    </ol>
  );
}

function useDoneSteps(): ReadonlySet<Step> {
  const trpc = useTRPC();
  const checks = useQuery(trpc.system.status.queryOptions()).data?.checks;
  const gitHub = useQuery(trpc.connections.gitHub.current.queryOptions()).data;
  const claude = useQuery(trpc.connections.claude.current.queryOptions()).data;
  const workspaces = useQuery(trpc.workspaces.list.queryOptions()).data;
  const done = new Set<Step>();
  if (checks?.every(({ severity }) => severity !== 'failed')) done.add('machine');
  if (gitHub?.connection && gitHub.connection.status !== 'failed') done.add('github');
  if (claude && claude.status !== 'failed') done.add('claude');
  if (workspaces && workspaces.length > 0) done.add('workspace');
  return done;
}
