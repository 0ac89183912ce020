'use client';

import { useQuery } from '@tanstack/react-query';
import { Gauge, MemoryStick, StepForward } from 'lucide-react';
import { useState } from 'react';
import type { ResumeRunInput, RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { LimitQuestion } from '@/components/runs/limit-question';
import { useResumeRun, type Resume } from '@/components/runs/use-resume-run';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, SelectInput } from '@/components/ui/field';
import { formatSize, GIB } from '@/components/ui/quantities';

const sizes = [1, 2, 4, 8, 16, 32, 64].map((gib) => gib * GIB);

/** Goes on with a run in a new one: the same conversation, files and branch. Where memory was short or a limit was reached it asks first how much there shall be. */
export function ResumeRunButton({ run, workspace }: { run: RunView; workspace: WorkspaceView | undefined }) {
  const [asking, setAsking] = useState(false);
  const resume = useResumeRun();
  const failure = resume.isError && !asking && <FailureNotice message={errorSentence(resume.error)} kind={errorKind(resume.error)} />;
  if (run.outOfMemory && workspace) {
    return (
      <>
        <Button size="small" variant="primary" icon={<MemoryStick aria-hidden className="size-3.5" />} onClick={() => setAsking(true)}>
          Give more memory and resume
        </Button>
        <Dialog open={asking} onClose={() => setAsking(false)} title="Give more memory and resume">
          <MemoryQuestion run={run} workspace={workspace} resume={resume} onClose={() => setAsking(false)} />
        </Dialog>
      </>
    );
  }
  if (run.limitReached) {
    return (
      <>
        <Button size="small" variant="primary" icon={<Gauge aria-hidden className="size-3.5" />} onClick={() => setAsking(true)}>
          Raise the limit and resume
        </Button>
        <Dialog open={asking} onClose={() => setAsking(false)} title="Raise the limit and resume">
          <LimitQuestion run={run} resume={resume} onClose={() => setAsking(false)} />
        </Dialog>
      </>
    );
  }
  return (
    <>
      <Button size="small" variant="primary" busy={resume.isPending || resume.isSuccess} icon={<StepForward aria-hidden className="size-3.5" />} onClick={() => resume.mutate({ runId: run.id })}>
        Resume
      </Button>
      {failure}
    </>
  );
}

function MemoryQuestion({ run, workspace, resume, onClose }: { run: RunView; workspace: WorkspaceView; resume: Resume; onClose: () => void }) {
  const now = workspace.limits.memoryBytes;
  const offered = sizes.filter((size) => size > now);
  const [memoryBytes, setMemoryBytes] = useState(offered[0] ?? now);
  const input: ResumeRunInput = { runId: run.id, memoryBytes };
  return (
    <>
      <p className="text-ink-soft">The workspace has {formatSize(now)} and that was not enough. The new limit applies at once and stays; the run goes on where it stopped, in the same branch and conversation.</p>
      <Field label="Memory of the workspace" hint={<Fits memoryBytes={memoryBytes} />}>
        {(control) => (
          <SelectInput {...control} value={memoryBytes} onChange={(event) => setMemoryBytes(Number(event.target.value))}>
            <option value={now}>{formatSize(now)}, as now</option>
            {offered.map((size) => (
              <option key={size} value={size}>
                {formatSize(size)}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      {resume.isError && <FailureNotice message={errorSentence(resume.error)} kind={errorKind(resume.error)} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" busy={resume.isPending || resume.isSuccess} onClick={() => resume.mutate(input)}>
          Resume with {formatSize(memoryBytes)}
        </Button>
      </div>
    </>
  );
}

function Fits({ memoryBytes }: { memoryBytes: number }) {
  const trpc = useTRPC();
  const fits = useQuery(trpc.system.fits.queryOptions({ memoryBytes }, { staleTime: 10_000 }));
  if (!fits.data) return <span className="inline-block min-h-4" />;
  return <>{fits.data.fits > 0 ? 'There is room for it now.' : 'There is no room for it now: the run would wait until there is.'}</>;
}
