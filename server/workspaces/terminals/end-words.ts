import { env } from '@/server/env';

/** Said of terminals that their container took along. */
export const CONTAINER_STOPPED = 'The workspace was stopped or restarted.';
export const CLOSED = 'Closed';

/** How a shell ended, from the few words of its holder; whatever else stands there means no more than that it is gone. */
export function endWords(said: string): string {
  const [, exit] = /^(?:gone )?exit (\d{1,3})$/.exec(said) ?? [];
  if (exit !== undefined) return exit === '0' ? 'The shell has ended.' : `The shell ended with exit code ${exit}.`;
  const [, signal] = /^(?:gone )?signal (\d{1,2})$/.exec(said) ?? [];
  if (signal !== undefined) return `The shell was ended by signal ${signal}.`;
  if (/^(?:gone )?idle$/.test(said)) return `Nobody looked at it for ${env().ANYON_TERMINAL_IDLE_HOURS} hours.`;
  if (/^(?:gone )?closed$/.test(said)) return `${CLOSED}.`;
  return 'The shell is gone: its container was stopped, or ran out of memory.';
}
