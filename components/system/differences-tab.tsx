'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, ScanSearch, Wrench } from 'lucide-react';
import { useState } from 'react';
import type { ReconcileReport } from '@/contract/difference';
import { DifferenceTable } from '@/components/system/difference-table';
import { causeNames, freedBy } from '@/components/system/difference-words';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { count, formatSize } from '@/components/ui/quantities';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';

/** Where database and machine do not agree: looking without touching, putting it right, and what was found before. */
export function DifferencesTab() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const history = useQuery(trpc.system.differences.queryOptions(undefined, { refetchInterval: 15_000 }));
  const reconcile = useMutation(trpc.system.reconcile.mutationOptions({ onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.system.differences.queryKey() }) }));
  const report = reconcile.data;
  const toDo = report?.dryRun ? report.differences.filter(({ action }) => action !== 'leave') : [];
  const busyDry = reconcile.isPending && reconcile.variables.dryRun;
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section
        title="Look now"
        note="Compares containers, networks, directories and worktrees with the database. Looking changes nothing. Objects that Anyon did not make are never touched."
        action={
          <span className="flex flex-wrap gap-2">
            <Button size="small" busy={busyDry} disabled={reconcile.isPending && !busyDry} icon={<ScanSearch aria-hidden className="size-3.5" />} onClick={() => reconcile.mutate({ dryRun: true })}>
              Dry run
            </Button>
            <Button size="small" variant="primary" busy={reconcile.isPending && !busyDry} disabled={busyDry} icon={<Wrench aria-hidden className="size-3.5" />} onClick={() => setAsking(true)}>
              Put right now
            </Button>
          </span>
        }
      >
        {reconcile.isError && <FailureNotice message={errorSentence(reconcile.error)} kind={errorKind(reconcile.error)} />}
        {report && (
          <div data-testid="reconcile-report">
            <Report report={report} />
          </div>
        )}
      </Section>
      <Section title="History" note="Looks that found something, newest first.">
        <Loaded query={history} height="h-32">
          {(reports) => <History reports={reports} />}
        </Loaded>
      </Section>
      <Dialog open={asking} onClose={() => setAsking(false)} title="Put right what differs?">
        <p className="text-ink-soft">
          {toDo.length > 0
            ? `The dry run found ${count(toDo.length, 'difference')}${freedBy(toDo) > 0 ? `, which frees ${formatSize(freedBy(toDo))}` : ''}. Everything is looked at again, and what differs then is put right.`
            : 'Everything is looked at, and what differs is put right: rows follow the machine, half-done work is finished, what belongs to no workspace is removed. A dry run shows first what that would be.'}
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>Cancel</Button>
          <Button
            variant="primary"
            onClick={() => {
              setAsking(false);
              reconcile.mutate({ dryRun: false });
            }}
          >
            Put it right
          </Button>
        </div>
      </Dialog>
    </div>
  );
}

function Report({ report }: { report: ReconcileReport }) {
  const { differences, looked, dryRun, engineProblem } = report;
  const frees = freedBy(differences);
  return (
    <div className="flex flex-col gap-2">
      {engineProblem && <Notice kind="warning">{engineProblem}</Notice>}
      <p className="text-sm text-ink-soft">
        {dryRun ? 'Dry run: nothing was changed. ' : ''}
        Looked at {count(looked.workspaces, 'workspace')}, {count(looked.containers, 'container')}, {count(looked.networks, 'network')} and {count(looked.directories, 'directory', 'directories')} in {(report.tookMs / 1000).toFixed(1)} s
        {looked.foreign > 0 && `; ${count(looked.foreign, 'object')} of others left alone`}.{frees > 0 && ` ${dryRun ? 'It would free' : 'It freed'} ${formatSize(frees)}.`}
      </p>
      {differences.length === 0 && !engineProblem && (
        <Card>
          <EmptyState icon={CircleCheck} title="No differences">
            Database and machine agree.
          </EmptyState>
        </Card>
      )}
      {differences.length > 0 && <DifferenceTable differences={differences} dryRun={dryRun} />}
    </div>
  );
}

function History({ reports }: { reports: ReconcileReport[] }) {
  const found = reports.filter(({ differences }) => differences.length > 0);
  if (found.length === 0) return <p className="rounded-lg border border-line bg-surface px-4 py-4 text-ink-soft">Nothing has ever differed.</p>;
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {found.map((report) => (
        <li key={`${report.at.getTime()} ${report.cause}`}>
          <details className="group">
            <summary className="flex flex-wrap items-baseline gap-x-3 px-4 py-2.5 hover:bg-hover">
              <span className="font-medium">{count(report.differences.length, 'difference')}</span>
              <span className="text-sm text-ink-soft">
                {report.dryRun ? 'dry run ' : ''}
                {causeNames[report.cause]}
              </span>
              <span className="ml-auto text-xs text-ink-faint">
                <RelativeTime date={report.at} />
              </span>
            </summary>
            <div className="px-4 pb-4">
              <Report report={report} />
            </div>
          </details>
        </li>
      ))}
    </ul>
  );
}
