import { AnyonError, describeError, isAnyonError } from '@/server/errors';

/** GitHub does not want so many calls: asked again before `until`, it says no again. */
export class GitHubLimitError extends AnyonError {
  readonly until: Date;

  constructor(until: Date) {
    super('limit_reached', `GitHub takes no more calls with this token until ${until.toISOString().slice(11, 16)} UTC. Try again then.`);
    this.until = until;
  }
}

/**
 * Makes a call to GitHub's API and puts what goes wrong into words: `unauthenticated` (the token is unknown, revoked or expired),
 * `forbidden` and `not_found` (it may not do this), `invalid` (GitHub's own words), `limit_reached` with the time, `unavailable`
 * (no answer, or one of GitHub's own failures). Neither token nor request gets into the error.
 */
export async function askGitHub<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isAnyonError(error) ? error : inWords(error);
  }
}

function inWords(error: unknown): AnyonError {
  const answer = answerOf(error);
  if (!answer) return noAnswer(error);
  const { status, headers } = answer;
  const said = wordsOf(answer.data);
  const until = limitEnd(status, headers, said);
  if (until) return new GitHubLimitError(until);
  if (status === 401) return new AnyonError('unauthenticated', 'GitHub does not know this token: it was revoked, has expired, or was mistyped.');
  if (status === 403 && headers['x-github-sso']) return new AnyonError('forbidden', 'The organisation demands single sign-on: authorize the token for it on GitHub (Settings → Developer settings → Tokens → Configure SSO).');
  if (status === 403) return new AnyonError('forbidden', `GitHub does not allow this${said}`);
  if (status === 404) return new AnyonError('not_found', 'GitHub finds nothing there, or the token may not see it.');
  if (status === 422 || status === 409) return new AnyonError('invalid', `GitHub does not accept this${said}`);
  return new AnyonError('unavailable', `GitHub has a problem of its own at this moment (status ${status}). Try again later.`);
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  data: unknown;
}

/** GitHub's answer that Octokit made an error of; null when there was none (Octokit then makes up a status 500). */
function answerOf(error: unknown): Answer | null {
  return error instanceof Error && 'response' in error && error.response ? (error.response as Answer) : null;
}

function noAnswer(error: unknown): AnyonError {
  const reason = describeError(error);
  if (/unexpected redirect/.test(reason)) return new AnyonError('unavailable', 'GitHub’s address leads to another one; tokens are not sent on. Ask an administrator to correct ANYON_GITHUB_URL and ANYON_GITHUB_API_URL.');
  return new AnyonError('unavailable', 'GitHub does not answer at this moment. Try again later.', { cause: reason });
}

/** `: …` with what GitHub said, or a full stop. */
function wordsOf(data: unknown): string {
  const { message, errors } = (typeof data === 'object' && data !== null ? data : {}) as { message?: unknown; errors?: unknown };
  const first = Array.isArray(errors) ? (errors[0] as { message?: unknown } | undefined)?.message : undefined;
  const words = [message, first].filter((part) => typeof part === 'string').join(': ');
  return words ? `: ${words.slice(0, 300)}` : '.';
}

/** When the limit ends that this answer is about; null when it is about none. GitHub answers 403 or 429 and names the time in one of two ways. */
function limitEnd(status: number, headers: Record<string, unknown>, said: string): Date | null {
  if (status !== 403 && status !== 429) return null;
  const after = Number(headers['retry-after']);
  if (after > 0) return new Date(Date.now() + Math.min(after, 3600) * 1000);
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && reset > 0) return new Date(Math.min(reset * 1000, Date.now() + 3_600_000));
  return status === 429 || /rate limit/i.test(said) ? new Date(Date.now() + 60_000) : null;
}
