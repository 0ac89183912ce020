import type { ChangeSum } from '@/components/runs/run-figures';

/** `3 files +12 −4`. */
export function ChangeCount({ sum: { files, additions, deletions } }: { sum: ChangeSum }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap tabular-nums">
      {files} {files === 1 ? 'file' : 'files'}
      <LineCount additions={additions} deletions={deletions} />
    </span>
  );
}

export function LineCount({ additions, deletions }: { additions: number; deletions: number }) {
  return (
    <>
      <span className="text-state-succeeded" title={`${additions} lines added`}>
        +{additions}
      </span>
      <span className="text-state-failed" title={`${deletions} lines removed`}>
        −{deletions}
      </span>
    </>
  );
}
