'use client';

import { Search } from 'lucide-react';
import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { searchPattern, type LogHit, type LogSearchAllEvent, type LookedFor, type RunHits } from '@/contract/log-search';
import { formatLogLink } from '@/contract/run-log';
import { Breadcrumb, PageColumn } from '@/components/frame/page-header';
import { SearchKinds } from '@/components/logs/log-search-bar';
import { RunState } from '@/components/runs/run-state';
import { useTRPCClient } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { TextInput } from '@/components/ui/field';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

interface SearchState {
  runs: RunHits[];
  progress: Pick<LogSearchAllEvent, 'done' | 'total' | 'state' | 'cut'> | null;
  problem: string | null;
}

const nothing: SearchState = { runs: [], progress: null, problem: null };

/** A search through the logs of all runs that the person may see, or of one workspace (`?workspace=`). */
export function SearchPage() {
  const workspaceId = useSearchParams().get('workspace');
  const [wanted, setWanted] = useState<LookedFor>({ text: '', kind: 'text', caseSensitive: false });
  const [asked, setAsked] = useState<LookedFor | null>(null);
  const search = useSearchAll(workspaceId, asked);
  const isValid = searchPattern(wanted) !== null;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (wanted.text !== '' && isValid) setAsked({ ...wanted });
  };
  return (
    <PageColumn>
      <header className="flex flex-col gap-2">
        <Breadcrumb parents={[{ href: '/workspaces', label: 'Workspaces' }, ...(workspaceId ? [{ href: `/workspaces/${workspaceId}`, label: 'Workspace' }] : [])]} />
        <h1 className="text-xl font-semibold">{workspaceId ? 'Search the logs of this workspace' : 'Search all logs'}</h1>
      </header>
      <form role="search" onSubmit={submit} className="flex flex-wrap items-center justify-end gap-1 gap-y-2">
        <div className="min-w-48 flex-1 max-sm:basis-full">
          <TextInput aria-label="What to search for" placeholder="What to search for" maxLength={500} value={wanted.text} onChange={(event) => setWanted({ ...wanted, text: event.target.value })} aria-invalid={isValid ? undefined : true} />
        </div>
        <SearchKinds wanted={wanted} onChange={(change) => setWanted({ ...wanted, ...change })} />
        <Button type="submit" variant="primary" icon={<Search aria-hidden className="size-4" />}>
          Search
        </Button>
      </form>
      {!isValid && <p className="text-sm text-state-failed">This is not a regular expression yet.</p>}
      {search.problem && <FailureNotice message={search.problem} kind={null} />}
      {asked && !search.problem && (
        <p role="status" className="text-sm text-ink-soft">
          {progressWords(search)}
        </p>
      )}
      {search.runs.map((run) => (
        <RunWithHits key={run.runId} run={run} />
      ))}
      {search.progress?.state === 'end' && search.runs.length === 0 && (
        <Card>
          <EmptyState icon={Search} title="No hits">
            {search.progress.cut ? 'Not all logs were searched: the search ended by its bounds. Search in one workspace.' : 'None of these logs has it in one line. Try fewer words, or without telling capital and small letters apart.'}
          </EmptyState>
        </Card>
      )}
    </PageColumn>
  );
}

/** Searches while there is something asked for; other words or leaving end it. */
function useSearchAll(workspaceId: string | null, asked: LookedFor | null): SearchState {
  const client = useTRPCClient();
  const [state, setState] = useState<SearchState>(nothing);
  useEffect(() => {
    setState(nothing);
    if (!asked) return;
    const subscription = client.logs.searchAll.subscribe(
      { workspaceId, ...asked },
      {
        onData: ({ data: { run, ...progress } }) => {
          setState((before) => ({ runs: run ? [...before.runs.filter(({ runId }) => runId !== run.runId), run] : before.runs, progress, problem: null }));
          if (progress.state === 'end') queueMicrotask(() => subscription.unsubscribe());
        },
        onError: (error) => setState((before) => ({ ...before, problem: error.message })),
      },
    );
    return () => subscription.unsubscribe();
  }, [client, workspaceId, asked]);
  return state;
}

function progressWords({ runs, progress }: SearchState): string {
  if (!progress) return 'Searching…';
  const hits = runs.reduce((sum, { found }) => sum + found, 0);
  const found = `${hits.toLocaleString('en')} ${hits === 1 ? 'hit' : 'hits'} in ${runs.length.toLocaleString('en')} ${runs.length === 1 ? 'run' : 'runs'}`;
  if (progress.state === 'searching') return `${found}; ${progress.done} of ${progress.total} runs searched, the newest first.`;
  return progress.cut ? `${found}; the ${progress.done} newest runs were searched, then the search ended by its bounds.` : `${found}. All ${progress.total} runs were searched.`;
}

function RunWithHits({ run }: { run: RunHits }) {
  const address = `/workspaces/${run.workspaceId}/runs/${run.runId}`;
  const more = run.found - run.hits.length;
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-sm">
        <Link href={address} className="min-w-0 flex-1 basis-60 truncate font-medium hover:underline">
          {run.prompt}
        </Link>
        <RunState run={run} />
        <span className="text-ink-faint">
          {run.workspaceName}, run {run.number}, <RelativeTime date={run.createdAt} />
        </span>
      </div>
      <ul className="divide-y divide-line font-mono text-xs">
        {run.hits.map((hit, index) => (
          <HitRow key={index} hit={hit} address={address} />
        ))}
      </ul>
      {more > 0 && <p className="border-t border-line px-4 py-2 text-xs text-ink-faint">{more.toLocaleString('en')} more in this run. Search in its log to see them.</p>}
    </Card>
  );
}

function HitRow({ hit, address }: { hit: LogHit; address: string }) {
  return (
    <li>
      <Link href={`${address}?log=${formatLogLink(hit.stream, hit.line)}`} className="flex gap-3 px-2 py-1.5 hover:bg-hover sm:px-4">
        <span className="w-12 shrink-0 text-right sm:w-16 text-ink-faint tabular-nums">
          {hit.stream === 'err' && <span className="mr-1 font-sans">errors</span>}
          {hit.line}
        </span>
        <span className="min-w-0 [overflow-wrap:anywhere]">
          {plain(hit.before)}
          <mark className="rounded-sm bg-accent-soft font-semibold text-ink">{plain(hit.match)}</mark>
          {plain(hit.after)}
        </span>
      </Link>
    </li>
  );
}

/** Without the codes for colours, which say nothing here. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
  return text.replaceAll(/\u001b\[[\d;]*m/g, '');
}
