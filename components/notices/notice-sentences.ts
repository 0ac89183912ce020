import type { NoticeAction, RunNotice } from '@/contract/run-notice';

/** What follows "in 2m 05s": the rest of the sentence. */
export function whatComesNext(action: NoticeAction): string {
  switch (action) {
    case 'told':
      return 'it is said again';
    case 'nudged':
      return 'Claude is interrupted and asked to go on, unless something comes before';
    case 'restarted':
      return 'its process is ended and Claude Code is started again in the same session, unless something comes before';
    case 'ended':
      return 'its process is ended, unless it ends by itself before';
  }
}

/** Names the strongest thing that was done, so that nobody has to unfold what was only said. */
export function pastTitle(notices: readonly Pick<RunNotice, 'action'>[]): string {
  const times = (action: NoticeAction) => notices.filter((notice) => notice.action === action).length;
  if (times('ended') > 0) return 'The watchdog ended the process';
  if (times('restarted') > 0) return `The watchdog started Claude Code again${often(times('restarted'))}`;
  if (times('nudged') > 0) return `The watchdog interrupted Claude and asked it to go on${often(times('nudged'))}`;
  return `The watchdog noticed something${often(notices.length)}; nothing had to be done`;
}

function often(times: number): string {
  if (times === 1) return '';
  return times === 2 ? ' twice' : ` ${times} times`;
}
