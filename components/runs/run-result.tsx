'use client';

import { Download, FileDiff } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { RunView } from '@/contract/run';
import { ChangeCount } from '@/components/runs/change-count';
import { formatBytes, formatCost, formatTokens, runStart, sumChanges, tokensIn } from '@/components/runs/run-figures';
import { runLogUrl } from '@/components/logs/run-log-range';
import { RunState } from '@/components/runs/run-state';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { MarkdownText } from '@/components/ui/markdown';
import { Elapsed } from '@/components/ui/relative-time';

/** What came of a run: outcome, figures, Claude's last words, and where to go on. */
export function RunResult({ run, onShowChanges }: { run: RunView; onShowChanges: () => void }) {
  const changes = sumChanges(run.changedFiles);
  return (
    <section aria-label="Result" data-testid="done-card" className="mt-3 mb-1 flex max-w-3xl shrink-0 flex-col rounded-lg border border-line bg-surface">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 border-b border-line p-4 sm:grid-cols-3">
        <Fact name="Outcome">
          <RunState run={run} />
        </Fact>
        <Fact name="Time">
          <Elapsed from={runStart(run)} to={run.finishedAt ?? run.statusSince} />
        </Fact>
        <Fact name="Cost">{formatCost(run.usage.costUsd)}</Fact>
        <Fact name="Changed">{changes.files > 0 ? <ChangeCount sum={changes} /> : 'nothing'}</Fact>
        <Fact name="Tokens">
          {formatTokens(tokensIn(run.usage))} in · {formatTokens(run.usage.outputTokens)} out
        </Fact>
        <Fact name="Branch">
          <span className="flex min-w-0 items-center">
            <span className="truncate" title={run.branch}>
              {run.branch}
            </span>
            <CopyButton label="Copy the branch's name" text={run.branch} className="-my-1" />
          </span>
        </Fact>
      </dl>
      <div className="p-4">{run.resultText ? <MarkdownText text={run.resultText} /> : <p className="text-ink-faint">Claude said nothing at the end.</p>}</div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line p-3">
        {changes.files > 0 && (
          <Button size="small" icon={<FileDiff aria-hidden className="size-3.5" />} onClick={onShowChanges}>
            See the changes
          </Button>
        )}
        {run.logRemovedAt ? (
          <span className="px-2 text-xs text-ink-faint">The log ({formatBytes(run.outBytes)}) is no longer kept.</span>
        ) : (
          <a href={`${runLogUrl(run.id, 'out')}&download=1`} download className="inline-flex h-7 items-center gap-1.5 rounded-md border border-line-strong px-2 text-xs font-medium hover:bg-hover">
            <Download aria-hidden className="size-3.5" />
            Download the log ({formatBytes(run.outBytes)})
          </a>
        )}
        <Link href={`/workspaces/${run.workspaceId}`} className="ml-auto px-2 text-xs font-medium text-accent hover:underline">
          Ask for something else
        </Link>
      </div>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="truncate font-medium">{children}</dd>
    </div>
  );
}
