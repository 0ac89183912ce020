'use client';

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import { searchPattern, type LookedFor } from '@/contract/log-search';
import type { LogStream } from '@/contract/run-log';
import { usePageKeys } from '@/components/frame/page-keys';
import { useTRPCClient } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { ChosenLinesBar } from '@/components/logs/chosen-lines-bar';
import { followRunLog, type FollowedLog } from '@/components/logs/follow-run-log';
import { LiveTail } from '@/components/logs/live-tail';
import { LogDocument } from '@/components/logs/log-document';
import { LogLineBar } from '@/components/logs/log-line-bar';
import { LogList, type LogListHandle } from '@/components/logs/log-list';
import { nextHit, searchWords } from '@/components/logs/log-search-state';
import { LogSearchBar } from '@/components/logs/log-search-bar';
import { LogToolbar, type LogViewChoices } from '@/components/logs/log-toolbar';
import { useChosenLines } from '@/components/logs/use-chosen-lines';
import { useGoToLines } from '@/components/logs/use-go-to-lines';
import { useLogSearch } from '@/components/logs/use-log-search';
import { useLogTimes } from '@/components/logs/use-log-times';

/**
 * A run's output, live. What comes is held by a store outside React (`run-log-store.ts`), which tells this view at most once per screen refresh; what lies before
 * is read in windows around what is looked at. Only rows that can be seen are drawn, so a log of a million lines is as quick as one of ten.
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

const bothStreams: readonly LogStream[] = ['out', 'err'];

function OpenLog({ log, runId, final }: { log: FollowedLog; runId: string; final: boolean }) {
  const { store, windows } = log;
  const client = useTRPCClient();
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  const [choices, setChoices] = useState<LogViewChoices>({ mode: 'readable', filter: 'both', wrap: true, times: false });
  const choose = (change: Partial<LogViewChoices>) => setChoices((before) => ({ ...before, ...change }));
  const { mode, filter, wrap } = choices;
  const document = useMemo(() => new LogDocument(store.lines, windows, mode, filter), [store, windows, mode, filter]);
  const [tail] = useState(() => new LiveTail());
  const live = mode === 'readable' ? tail.update(store.lines) : null;
  const list = useRef<LogListHandle>(null);
  const lines = useChosenLines();
  const times = useLogTimes(client, runId, choices.times);
  const goTo = useGoToLines({ client, runId, store, list, lines, filter, version: snapshot.version, showAll: () => choose({ filter: 'both' }) });
  const [bar, setBar] = useState<'search' | 'line' | null>(null); // one at a time: the log keeps its room
  const search = useSearchInLog(runId, { isOpen: bar === 'search', setOpen: (isOpen) => setBar(isOpen ? 'search' : null) }, filter === 'both' ? bothStreams : [filter], (hit) => {
    if (mode === 'readable') choose({ mode: 'raw' }); // what was searched is the lines as they are
    goTo({ stream: hit.stream, from: hit.line - 1, to: hit.line - 1 });
  });
  const stream = filter === 'err' ? 'err' : 'out';
  return (
    <>
      <LogToolbar log={log} runId={runId} snapshot={snapshot} choices={choices} onChoose={choose} onSearch={search.open} isGoing={bar === 'line'} onGoing={() => setBar(bar === 'line' ? null : 'line')} />
      {search.bar}
      {bar === 'line' && <LogLineBar lines={store.lines.counted[stream] ? store.lines.count(stream) : null} onGo={(line) => goTo({ stream, from: line - 1, to: line - 1 })} onClose={() => setBar(null)} />}
      {lines.chosen && <ChosenLinesBar key={`${lines.chosen.stream}${lines.chosen.from}-${lines.chosen.to}`} runId={runId} lines={lines.chosen} onClear={() => lines.choose(null)} />}
      {snapshot.problem && <FailureNotice message={snapshot.problem} kind={null} />}
      {snapshot.connection.state === 'error' && <FailureNotice message={snapshot.connection.message ?? 'The log cannot be shown.'} kind={null} />}
      <LogList
        key={`${mode} ${filter} ${wrap}`}
        ref={list}
        document={document}
        live={filter === 'err' ? null : live}
        connection={snapshot.connection.state}
        wrap={wrap}
        final={final}
        times={times}
        chosen={({ stream, line, counted }) => counted && lines.chosen?.stream === stream && line >= lines.chosen.from && line <= lines.chosen.to}
        onNumber={lines.toggle}
        pattern={search.pattern}
      />
    </>
  );
}

/** The search of a log: its bar, what it looks for, and the way from hit to hit. */
function useSearchInLog(runId: string, { isOpen, setOpen }: { isOpen: boolean; setOpen: (isOpen: boolean) => void }, streams: readonly LogStream[], onHit: (hit: { stream: LogStream; line: number }) => void) {
  const client = useTRPCClient();
  const input = useRef<HTMLInputElement>(null);
  const [wanted, setWanted] = useState<LookedFor>({ text: '', kind: 'text', caseSensitive: false });
  const [current, setCurrent] = useState<number | null>(null);
  const state = useLogSearch(client, runId, isOpen ? wanted : { ...wanted, text: '' }, streams);
  const open = () => {
    setOpen(true);
    requestAnimationFrame(() => input.current?.select());
  };
  useFindKey(open);
  usePageKeys([{ key: '/', label: 'Search the log', run: open }]);
  const step = (by: 1 | -1) => {
    const next = nextHit(current, state?.hits.length ?? 0, by);
    const hit = next === null ? undefined : state?.hits[next];
    setCurrent(next);
    if (hit) onHit(hit);
  };
  const change = (some: Partial<LookedFor>) => {
    setWanted((before) => ({ ...before, ...some }));
    setCurrent(null);
  };
  const words = state && searchWords(state, current);
  // Only the server may run an expression over all: here it marks what is drawn, and one that could take for ever marks nothing.
  const pattern = useMemo(() => (isOpen && wanted.text !== '' && wanted.kind !== 'regex' ? searchPattern(wanted) : null), [isOpen, wanted]);
  const bar = isOpen && <LogSearchBar input={input} wanted={wanted} onChange={change} words={words} isProblem={state?.problem !== null && state !== null} onStep={step} onClose={() => setOpen(false)} />;
  return { open, bar, pattern };
}

/** Ctrl+F and ⌘F search the log: the browser's own search sees only the rows that are drawn. */
function useFindKey(open: () => void): void {
  const latest = useRef(open);
  useEffect(() => {
    latest.current = open;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
