import type { TaskView } from '@/contract/task';
import { classWords, outcomeWords } from '@/components/tasks/task-words';
import { Elapsed, RelativeTime } from '@/components/ui/relative-time';

/** Each attempt: when, how long, by which worker, and what came of it. */
export function TaskAttempts({ id, task: { attempts, maxAttempts, status } }: { id: string; task: TaskView }) {
  if (attempts.length === 0) return <p id={id} className="text-sm text-ink-faint">{status === 'queued' || status === 'waiting' ? 'No worker has begun with it yet.' : 'No worker ever began with it.'}</p>;
  return (
    <ol id={id} aria-label="Attempts" className="flex flex-col gap-2 border-l-2 border-line pl-3">
      {attempts.map((attempt) => (
        <li key={attempt.number} className="text-sm">
          <div className="flex flex-wrap items-baseline gap-x-3 text-ink-soft">
            <span className="font-medium text-ink tabular-nums">
              Attempt {attempt.number} of {maxAttempts}
            </span>
            <span className={attempt.outcome === 'failed' || attempt.outcome === 'died' ? 'text-state-failed' : undefined}>
              {outcomeWords[attempt.outcome]}
              {attempt.errorClass && ` (${classWords[attempt.errorClass]})`}
            </span>
            <span className="text-xs text-ink-faint">
              <RelativeTime date={attempt.startedAt} /> · <Elapsed from={attempt.startedAt} to={attempt.endedAt} /> · {attempt.worker}
            </span>
          </div>
          {attempt.message && <pre role="group" aria-label="What went wrong" tabIndex={0} className="mt-1 max-h-48 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{attempt.message}</pre>}
        </li>
      ))}
    </ol>
  );
}
