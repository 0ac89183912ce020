import type { RunView } from '@/contract/run';
import { RemovedPart } from '@/components/retention/removed-part';
import { LineCount } from '@/components/runs/change-count';

/** What is left of a diff that was removed: which files it changed, and by how much. */
export function RemovedChanges({ run }: { run: RunView }) {
  return (
    <div className="min-h-0 overflow-y-auto md:flex-1">
      <RemovedPart what="The diff" at={run.detailsRemovedAt ?? run.statusSince} because={run.detailsRemovedBecause}>
        {run.changedFiles.length > 0 && 'These files were changed:'}
      </RemovedPart>
      {run.changedFiles.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface text-sm">
          {run.changedFiles.map(({ path, additions, deletions }) => (
            <li key={path} className="flex flex-wrap items-baseline gap-x-3 px-3 py-1.5">
              <span className="min-w-0 flex-1 font-mono text-xs [overflow-wrap:anywhere]">{path}</span>
              {additions !== null && deletions !== null && <LineCount additions={additions} deletions={deletions} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
