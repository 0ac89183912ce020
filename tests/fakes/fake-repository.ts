/** What the GitHub of the tests keeps: repositories with their pull requests. */
export interface FakePullRequest {
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  draft: boolean;
  state: 'open' | 'closed';
  merged: boolean;
  checks: { name: string; status: string; conclusion: string | null }[];
  statuses: { context: string; state: 'success' | 'pending' | 'failure' | 'error' }[];
  requestedReviewers: string[];
  reviews: { login: string; state: string }[];
  /** Its repository's plan knows no drafts. */
  noDrafts?: boolean;
}

export interface FakeRepository {
  fullName: string;
  private: boolean;
  defaultBranch: string;
  pushedAt: Date;
  /** Logins that see it. */
  seenBy: string[];
  branches: string[];
  /** Tip of a branch; absent: made up. */
  tipOf?: (branch: string) => string;
  pulls: FakePullRequest[];
}
