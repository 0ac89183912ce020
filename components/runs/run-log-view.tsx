'use client';

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import { useTRPCClient } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { followRunLog, type FollowedLog } from '@/components/runs/follow-run-log';
import { RunLogList } from '@/components/runs/run-log-list';
import { RunLogRows } from '@/components/runs/run-log-rows';
import { RunLogToolbar, type LogViewChoices } from '@/components/runs/run-log-toolbar';

/**
 * A run's output, live. What comes is held by a store outside React (`run-log-store.ts`), which tells this view at most once per screen refresh;
 * only the rows that can be seen are drawn, so a log of a million lines is as quick as one of ten.
 */
export function RunLogView({ run }: { run: RunView }) {
  const { id: runId } = run;
  const known = useRef({ out: run.outBytes, err: run.errBytes, complete: isFinal(run.status) });
  const client = useTRPCClient();
  const [log, setLog] = useState<FollowedLog | null>(null);

  useEffect(() => {
    const followed = followRunLog(client, runId, known.current);
    setLog(followed);
    return () => followed.close();
  }, [client, runId]);

  return <div className="flex h-[max(60dvh,320px)] min-h-0 flex-col md:h-auto md:flex-1">{log ? <OpenLog key={runId} log={log} runId={runId} final={isFinal(run.status)} /> : <Skeleton className="mt-3 flex-1" />}</div>;
}

function OpenLog({ log, runId, final }: { log: FollowedLog; runId: string; final: boolean }) {
  const { store } = log;
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  const [choices, setChoices] = useState<LogViewChoices>({ mode: 'readable', filter: 'both', wrap: true });
  const rows = useMemo(() => new RunLogRows(store.lines, choices.mode, choices.filter), [store, choices.mode, choices.filter]);
  const count = rows.update();
  return (
    <>
      <RunLogToolbar log={log} runId={runId} snapshot={snapshot} choices={choices} onChoose={(change) => setChoices({ ...choices, ...change })} />
      {snapshot.problem && <FailureNotice message={snapshot.problem} kind={null} />}
      {snapshot.connection.state === 'error' && <FailureNotice message={snapshot.connection.message ?? 'The log cannot be shown.'} kind={null} />}
      <RunLogList key={`${choices.mode} ${choices.filter} ${choices.wrap}`} log={log} rows={rows} count={count} snapshot={snapshot} wrap={choices.wrap} final={final} />
    </>
  );
}
