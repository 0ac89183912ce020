'use client';

import { Button } from '@/components/ui/button';
import type { FollowedLog } from '@/components/runs/follow-run-log';
import { formatBytes } from '@/components/runs/run-figures';
import type { RunLogRows } from '@/components/runs/run-log-rows';
import type { RunLogSnapshot } from '@/components/runs/run-log-store';

/** More than this is for a download: a tab that holds it grows slow. */
const maxLoadAll = 96 * 1024 * 1024;

/** Says what of the log is not on the page, and loads it. */
export function LogStart({ log, rows, snapshot }: { log: FollowedLog; rows: RunLogRows; snapshot: RunLogSnapshot }) {
  const { loadedFrom } = log.store.lines;
  const missing = loadedFrom.out + loadedFrom.err;
  if (missing === 0 && rows.leftOut === 0) return null;
  const next = loadedFrom.out > 0 ? 'out' : 'err';
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-sunken px-3 py-1.5 text-xs text-ink-soft">
      <span className="min-w-0 flex-1">
        {missing > 0 ? `${formatBytes(missing)} of earlier output ${snapshot.loadingEarlier ? 'loading…' : 'not loaded.'}` : `${rows.leftOut.toLocaleString()} older rows are too many to show; download has everything.`}
      </span>
      {missing > 0 && (
        <Button size="small" variant="quiet" disabled={snapshot.loadingEarlier} onClick={() => void log.loadEarlier(next)}>
          Load earlier
        </Button>
      )}
      {missing > 0 && missing <= maxLoadAll && (
        <Button size="small" variant="quiet" disabled={snapshot.loadingEarlier} onClick={() => void log.loadAll()}>
          Load all
        </Button>
      )}
    </div>
  );
}
