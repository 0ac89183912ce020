'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { isFinal, type RunStatus, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { ParkedRun } from '@/components/runs/parked-run';
import { ResumeRunButton } from '@/components/runs/resume-run-button';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, ButtonLink } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { Elapsed } from '@/components/ui/relative-time';

interface RunReasonProps {
  run: RunView;
  /** Undefined until it is known. */
  workspace: WorkspaceView | undefined;
  onShowChanges: () => void;
}

const withoutReason: Partial<Record<RunStatus, string>> = {
  failed: 'Claude Code ended with an error. The end of the log usually says why.',
  stopped: 'The run was stopped. What it had changed is kept.',
  interrupted: 'The workspace went away while the run was on. Everything that it wrote until then is kept.',
  lost: 'Nobody can tell how this run ended: its process is gone and left no exit behind.',
};

/** Why a run waits or how it went wrong, in a sentence, with the action that helps. Says nothing where the state says it all. */
export function RunReason({ run, workspace, onShowChanges }: RunReasonProps) {
  const reason = run.statusReason ?? withoutReason[run.status] ?? null;
  const tampered = run.logTampered && 'The output file was shortened or replaced while the run was on; what had been read before is kept.';
  if (run.status === 'parked') return <ParkedRun run={run} workspace={workspace} tampered={tampered} />;
  if (!isFinal(run.status)) return <Waiting run={run} tampered={tampered} />;
  if (run.status === 'succeeded') return <Succeeded run={run} tampered={tampered} />;
  return (
    <Notice
      kind={run.status === 'stopped' ? 'info' : 'failure'}
      action={
        <span className="flex flex-wrap gap-2">
          <UsefulAction run={run} onShowChanges={onShowChanges} />
          {workspace?.status === 'running' ? <ResumeRunButton run={run} workspace={workspace} /> : <StartFirst workspace={workspace} />}
        </span>
      }
    >
      <p className="font-medium">
        {run.outOfMemory && !reason?.includes('memory') ? 'The workspace ran out of memory. ' : ''}
        {reason}
      </p>
      {run.nextStep && <p className="text-ink-soft">{run.nextStep}</p>}
      {(run.exitCode || run.exitSignal) && run.status !== 'stopped' && <p className="text-xs text-ink-faint">{run.exitSignal ? `Ended by ${run.exitSignal}.` : `Exit code ${run.exitCode}.`}</p>}
      {tampered && <p className="text-ink-soft">{tampered}</p>}
    </Notice>
  );
}

/** A run that ended well although something was not as it should be. */
function Succeeded({ run, tampered }: { run: RunView; tampered: string | false }) {
  if (!run.outOfMemory) return tampered ? <Notice kind="warning">{tampered}</Notice> : null;
  return (
    <Notice
      kind="warning"
      action={
        <ButtonLink size="small" href={`/workspaces/${run.workspaceId}?tab=settings`}>
          Give the workspace more memory
        </ButtonLink>
      }
    >
      <p>A program in the workspace ran out of memory during this run and was ended. Claude Code itself went on.</p>
      {tampered && <p className="text-ink-soft">{tampered}</p>}
    </Notice>
  );
}

function Waiting({ run, tampered }: { run: RunView; tampered: string | false }) {
  const said = [run.statusReason, run.nextStep].filter(Boolean).join(' ');
  if (tampered) return <Notice kind="warning">{tampered}</Notice>;
  if (run.status === 'queued') return <Queued run={run} said={said} />;
  // Of its start, its work and its questions the conversation says more; a line here would come and go within seconds and push everything down.
  const saysMore = run.status === 'starting' || run.status === 'needs_you' || (run.status === 'running' && !run.statusReason);
  return said && !saysMore ? <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">{said}</p> : null;
}

/** A run that has not begun: why, its place in the queue, and where the queue is. */
function Queued({ run, said }: { run: RunView; said: string }) {
  const trpc = useTRPC();
  const capacity = useQuery(trpc.system.capacity.queryOptions(undefined, { refetchInterval: 5_000 }));
  const place = capacity.data?.waiting.find(({ kind, id }) => kind === 'run' && id === run.id);
  if (!place) return <p className="min-h-5 text-sm text-ink-soft [overflow-wrap:anywhere]">{said || 'It begins as soon as a worker takes it.'}</p>;
  return (
    <Notice
      kind="waiting"
      action={
        <Link href="/system" className="text-sm font-medium text-accent hover:underline">
          See the queue
        </Link>
      }
    >
      <p className="font-medium">
        Place {place.position} in the queue
        <span className="font-normal text-ink-faint">
          , for <Elapsed from={place.since} to={null} />
        </span>
      </p>
      <p className="text-ink-soft">{place.reason}</p>
    </Notice>
  );
}

function StartFirst({ workspace }: { workspace: WorkspaceView | undefined }) {
  if (!workspace) return null;
  return (
    <ButtonLink size="small" href={`/workspaces/${workspace.id}`} title="It goes on in the same conversation and branch once the workspace runs.">
      Start the workspace to resume
    </ButtonLink>
  );
}

function UsefulAction({ run, onShowChanges }: Pick<RunReasonProps, 'run' | 'onShowChanges'>) {
  if (run.changedFiles.length > 0) {
    return (
      <Button size="small" onClick={onShowChanges}>
        See what it changed
      </Button>
    );
  }
  return (
    <ButtonLink size="small" href={`/workspaces/${run.workspaceId}`}>
      Start another run
    </ButtonLink>
  );
}
