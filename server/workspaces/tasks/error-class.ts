import type { ErrorClass } from '@/contract/recovery';
import { describeError, isAnyonError } from '@/server/errors';

export interface ClassedError {
  class: ErrorClass;
  /** A sentence for the row and the page. */
  message: string;
  /** Whether another try may end better: a wrong branch stays wrong, an engine that does not answer may answer in a moment. */
  mayHeal: boolean;
}

const full = /disk( that [^.]*)? is (nearly )?full|no space left|disk quota|ENOSPC|EDQUOT|EROFS|read-only file system|device error|\bEIO\b/i;
const memory = /out of memory|cannot allocate memory|ENOMEM|more memory/i;
const signIn = /asked for a sign-in|is private or does not exist|authentication|credential|access token|API key|permission denied \(publickey/i;
const network = /from the container|network of the VM|name service|network address|address pool|network|proxy|firewall|isolation|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|registry/i;
const engine = /docker|container|engine|image|runtime|cgroup/i;

/** What went wrong, by where it went wrong. The one place that decides this; order matters, for messages name several things. */
export function classifyError(error: unknown): ClassedError {
  const message = isAnyonError(error) ? error.message : `Something unexpected failed: ${describeError(error)}`;
  return { class: classOf(error, message), message, mayHeal: mayHeal(error) };
}

function classOf(error: unknown, message: string): ErrorClass {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const text = `${code} ${message}`;
  if (full.test(text)) return 'storage';
  if (memory.test(text)) return 'memory';
  if (signIn.test(text)) return 'authentication';
  // Docker says 403 of what is in the way of a network or an address; nobody's sign-in is meant.
  if (isAnyonError(error) && (error.kind === 'forbidden' || error.kind === 'unauthenticated') && !text.includes('Docker answered 403')) return 'authentication';
  if (network.test(text)) return 'network';
  return engine.test(text) ? 'engine' : 'other';
}

/** Said of what went away, ended or was in the way between a look at it and the call about it: the next try looks again. An image that is not in its registry never comes. */
const meanwhile = /^Could not (?!pull ).*(: Docker answered 40[34]\b|The container is not running\.)/;
/** Others change the firewall too, and an exec may break off: a workspace is given up as not isolated when it was so several times. Nothing runs in it before. */
const isolation = /^(The workspace is not isolated|Whether the workspace is isolated cannot be seen)/;

function mayHeal(error: unknown): boolean {
  if (!isAnyonError(error)) return true;
  return error.kind === 'unavailable' || error.kind === 'internal' || error.kind === 'conflict' || meanwhile.test(error.message) || isolation.test(error.message);
}
