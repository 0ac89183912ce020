import type { Run } from '@/cli/api/anyon-api';
import { EXIT } from '@/cli/exit-code';
import { watchForInterruption } from '@/cli/interruption';
import { watchRun, type WatchOptions } from '@/cli/log/watch-run';
import { visibleLine } from '@/cli/output/visible-text';
import type { Session } from '@/cli/session';

/** Follows a run to its end, says what became of it, and sets the exit code by that. Ctrl-C ends the following, never the run. */
export async function followToEnd({ api, print }: Session, options: Omit<WatchOptions, 'signal'>): Promise<void> {
  const watching = watchForInterruption();
  try {
    const run = await watchRun(api, print, { ...options, as: print.json ? 'nothing' : options.as, signal: watching.signal });
    if (print.json) print.document(run);
    else print.note(endWords(run, options.name));
    if (run.status !== 'succeeded') process.exitCode = EXIT.unsuccessful;
  } catch (error) {
    if (!watching.signal.aborted) throw error;
    print.note(`\nYou stopped watching; ${options.name} goes on. Watch it again: anyon logs -f "${options.name}"   End it: anyon stop "${options.name}"`);
    process.exitCode = EXIT.interrupted;
  } finally {
    watching.end();
  }
}

function endWords(run: Run, name: string): string {
  const why = run.status === 'succeeded' ? '' : ` ${visibleLine([run.statusReason, run.nextStep].filter(Boolean).join(' '))}`;
  const files = run.changedFiles.length;
  const changes = files > 0 ? ` ${files} ${files === 1 ? 'file' : 'files'} changed: anyon diff "${name}"` : '';
  return `${name}: ${run.status}.${why}${changes}`;
}
