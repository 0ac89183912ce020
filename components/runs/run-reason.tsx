'use client';

import { isFinal, type RunStatus, type RunView } from '@/contract/run';
import { Button, ButtonLink } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';

interface RunReasonProps {
  run: RunView;
  onShowChanges: () => void;
}

const withoutReason: Partial<Record<RunStatus, string>> = {
  failed: 'Claude Code ended with an error. The end of the log usually says why.',
  stopped: 'The run was stopped. What it had changed is kept.',
  interrupted: 'The workspace went away while the run was on. Everything that it wrote until then is kept.',
  lost: 'Nobody can tell how this run ended: its process is gone and left no exit behind.',
};

/** Why a run waits or how it went wrong, in a sentence, with the action that helps. Says nothing where the state says it all. */
export function RunReason({ run, onShowChanges }: RunReasonProps) {
  const reason = run.statusReason ?? withoutReason[run.status] ?? null;
  const tampered = run.logTampered && 'The output file was shortened or replaced while the run was on; what had been read before is kept.';
  if (!isFinal(run.status)) return <Waiting run={run} tampered={tampered} />;
  if (run.status === 'succeeded') return tampered ? <Notice kind="warning">{tampered}</Notice> : null;
  return (
    <Notice kind={run.status === 'stopped' ? 'info' : 'failure'} action={<UsefulAction run={run} onShowChanges={onShowChanges} />}>
      <p className="font-medium">{run.outOfMemory ? 'The workspace ran out of memory. ' : ''}{reason}</p>
      {run.nextStep && <p className="text-ink-soft">{run.nextStep}</p>}
      {(run.exitCode || run.exitSignal) && run.status !== 'stopped' && <p className="text-xs text-ink-faint">{run.exitSignal ? `Ended by ${run.exitSignal}.` : `Exit code ${run.exitCode}.`}</p>}
      {tampered && <p className="text-ink-soft">{tampered}</p>}
    </Notice>
  );
}

function Waiting({ run, tampered }: { run: RunView; tampered: string | false }) {
  const said = [run.statusReason, run.nextStep].filter(Boolean).join(' ');
  if (tampered) return <Notice kind="warning">{tampered}</Notice>;
  return (
    <p className="min-h-5 text-sm text-ink-soft [overflow-wrap:anywhere]">
      {said || 'You can close this page; the run goes on.'}
    </p>
  );
}

function UsefulAction({ run, onShowChanges }: RunReasonProps) {
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
