'use client';

import { FlaskConical, GitBranch, Globe } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import { KeepButton } from '@/components/retention/keep-button';
import { formatCost, formatTokens, promptTitle, runStart, tokensIn } from '@/components/runs/run-figures';
import { RunState } from '@/components/runs/run-state';
import { StopRunButton } from '@/components/runs/stop-run-button';
import { RetryButton } from '@/components/steering/retry-button';
import { CopyButton } from '@/components/ui/copy-button';
import { Elapsed } from '@/components/ui/relative-time';

/** What was asked, how it stands, on which branch, by which model and for how much. */
export function RunHeader({ run }: { run: RunView }) {
  const final = isFinal(run.status);
  return (
    <header className="flex flex-col gap-2">
      <div className="flex items-start justify-between gap-3">
        <Prompt prompt={run.prompt} />
        <div className="flex items-start gap-2">
          <KeepButton key={`keep ${run.id}`} run={run} />
          <RetryButton key={run.id} run={run} small />
          {!final && <StopRunButton run={run} />}
        </div>
      </div>
      <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-soft">
        <span className="inline-flex items-center gap-2" aria-live="polite">
          <RunState run={run} />
          <span className="text-ink-soft">
            <Elapsed from={runStart(run)} to={run.finishedAt} />
          </span>
        </span>
        <span className="text-ink-faint">
          #{run.number}
          {run.attempt > 1 && <span title="So often was Claude Code started for this run: it waited in between and went on in the same session."> · start {run.attempt}</span>}
          {run.resumesRunId && (
            <>
              {' goes on with '}
              <Link href={`/workspaces/${run.workspaceId}/runs/${run.resumesRunId}`} className="text-accent underline underline-offset-2">
                an earlier run
              </Link>
            </>
          )}
          {run.retriesRunId && (
            <>
              {' starts again from '}
              <Link href={`/workspaces/${run.workspaceId}/runs/${run.retriesRunId}`} className="text-accent underline underline-offset-2">
                an earlier run
              </Link>
            </>
          )}
        </span>
        <span className="inline-flex min-w-0 items-center gap-1">
          <GitBranch aria-hidden className="size-3.5 shrink-0" />
          <span className="truncate">{run.branch}</span>
          <CopyButton label="Copy the branch's name" text={run.branch} />
        </span>
        <Link href={`/workspaces/${run.workspaceId}?tab=preview`} className="inline-flex items-center gap-1 underline-offset-2 hover:text-ink hover:underline" title="Web servers in the workspace">
          <Globe aria-hidden className="size-3.5 shrink-0" />
          Preview
        </Link>
        <Usage run={run} />
        {run.simulated && (
          <span title="Claude is not connected; the built-in simulator answers this run." className="inline-flex items-center gap-1 rounded-full border border-line px-2 text-xs">
            <FlaskConical aria-hidden className="size-3 text-state-needs-you" />
            Simulator
          </span>
        )}
      </div>
    </header>
  );
}

function Usage({ run: { usage, model } }: { run: RunView }) {
  const total = tokensIn(usage) + usage.outputTokens;
  return (
    <>
      {model && <span className="truncate">{model}</span>}
      {total > 0 && (
        <span className="tabular-nums" title={`${usage.inputTokens.toLocaleString()} tokens in, ${usage.cacheReadTokens.toLocaleString()} read from and ${usage.cacheWriteTokens.toLocaleString()} written to the cache, ${usage.outputTokens.toLocaleString()} out`}>
          {formatTokens(tokensIn(usage))} in · {formatTokens(usage.outputTokens)} out
        </span>
      )}
      {usage.costUsd !== null && total > 0 && <span className="tabular-nums">{formatCost(usage.costUsd)}</span>}
    </>
  );
}

function Prompt({ prompt }: { prompt: string }) {
  const [open, setOpen] = useState(false);
  const title = promptTitle(prompt);
  const hasMore = prompt.trim() !== title;
  return (
    <div className="min-w-0 flex-1">
      <h1 className="text-lg font-semibold [overflow-wrap:anywhere]">{open ? 'Prompt' : <span className="line-clamp-2">{title}</span>}</h1>
      {open && <div role="group" aria-label="The whole prompt" tabIndex={0} className="mt-1 max-h-72 overflow-y-auto rounded-md bg-sunken p-3 whitespace-pre-wrap [overflow-wrap:anywhere]">{prompt}</div>}
      {(hasMore || title.length > 140) && (
        <button type="button" aria-expanded={open} className="text-xs text-ink-soft underline underline-offset-2 hover:text-ink" onClick={() => setOpen(!open)}>
          {open ? 'Show less' : 'Show the whole prompt'}
        </button>
      )}
    </div>
  );
}
