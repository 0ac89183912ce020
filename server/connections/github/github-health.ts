import type { DatabaseOrTransaction } from '@/db/client';

/** A token of a person, as it is handed to git and to GitHub's API on their behalf. */
export interface GitHubToken {
  secretId: string;
  version: number;
  name: string;
  value: string;
  /** The only host it may be sent to, such as github.com. */
  host: string;
  login: string;
}

/** The person's token; null when they have no connection. It may be refused: see `noteGitHubRefusal`. */
export async function gitHubTokenOf(_db: DatabaseOrTransaction, _userId: string): Promise<GitHubToken | null> {
  return null;
}

/** GitHub refused this version (401, revoked, expired): the connection is `failed` with the reason and an alert is raised, unless it has another secret or version by now. */
export async function noteGitHubRefusal(_db: DatabaseOrTransaction, _userId: string, _used: { secretId: string; version: number }, _reason: string): Promise<void> {}

/** True when the person has a token that was not refused. */
export async function canGitHubSignIn(_db: DatabaseOrTransaction, _userId: string, _refused: { secretId: string; version: number } | null): Promise<boolean> {
  return true;
}
