import { z } from 'zod';

export const pullRequestStates = ['open', 'closed', 'merged'] as const;
/** What the reviewers say, taken together. */
export const reviewStates = ['none', 'requested', 'approved', 'changes_requested'] as const;

/** One check or status of the head commit, as GitHub names it. */
export const pullRequestCheckSchema = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'passed', 'failed', 'skipped']),
  url: z.string().nullable(),
});
export type PullRequestCheck = z.infer<typeof pullRequestCheckSchema>;

export const pullRequestViewSchema = z.object({
  id: z.uuid(),
  number: z.number().int(),
  url: z.string(),
  title: z.string(),
  isDraft: z.boolean(),
  state: z.enum(pullRequestStates),
  headBranch: z.string(),
  baseBranch: z.string(),
  headCommit: z.string(),
  checks: z.array(pullRequestCheckSchema),
  review: z.enum(reviewStates),
  refreshedAt: z.date(),
  /** Why GitHub could not be asked; null when it answered. */
  refreshProblem: z.string().nullable(),
});
export type PullRequestView = z.infer<typeof pullRequestViewSchema>;

/** Steps on the way from a worktree to its remote, and the restoring of its files. One at a time for a worktree, and none beside a run. */
export const publishSteps = ['commit', 'push', 'fetch', 'rebase', 'pull_request', 'restore'] as const;
export type PublishStep = (typeof publishSteps)[number];

/** The trailer by which a commit says that Claude took part. */
export const CLAUDE_TRAILER = 'Co-authored-by: Claude <noreply@anthropic.com>';

/** How a run's worktree stands to its base and to what was pushed. All names went through masking. */
export const publishStateSchema = z.object({
  branch: z.string(),
  /** The branch of the repository on which the work builds. */
  baseBranch: z.string(),
  headCommit: z.string().nullable(),
  /** Files that are changed and not in a commit. */
  uncommittedFiles: z.number().int(),
  /** Commits on the branch that the base does not have, newest first, at most 100. */
  commits: z.array(z.object({ commit: z.string(), subject: z.string(), author: z.string(), at: z.date() })),
  /** Commits that the base has and the branch does not; null when that is not known. */
  behind: z.number().int().nullable(),
  /** Null before the first push. */
  pushed: z.object({ branch: z.string(), commit: z.string(), at: z.date(), by: z.string() }).nullable(),
  /** True when the remote holds what the branch holds. */
  upToDate: z.boolean(),
  pullRequest: pullRequestViewSchema.nullable(),
  /** Where it is pushed to, without a password in it. */
  repositoryUrl: z.string(),
  /** Further repositories of the workspace: what is changed in them is not pushed from here. */
  otherRepositories: z.number().int(),
  /** Whom commits name as their author. `isFromGitHub` false: nobody on GitHub will be recognised by it. */
  author: z.object({ name: z.string(), email: z.string(), isFromGitHub: z.boolean() }),
  /** What is under way in the worktree, with git's last word about it. */
  activity: z.object({ step: z.enum(publishSteps), progress: z.string().nullable(), since: z.date(), by: z.string() }).nullable(),
  /** What became of a step in whose middle Anyon was stopped, as far as it is known, and what helps; null when there is none. */
  interrupted: z.string().nullable(),
  /** Why nothing at all can be done in the worktree at this moment (no container, a run at work, no worktree), and what helps. What stands beside it is then what is known without looking. */
  closedBecause: z.string().nullable(),
  /** Why there can be no pull request, and what helps; null when there can. */
  noPullRequestBecause: z.string().nullable(),
  /** What takes the obstacle away where that is one step. */
  remedy: z.enum(['connect_github', 'start_workspace']).nullable(),
  /** Why nothing can be pushed at this moment, and what helps (no connection, no container, a run at work); null when it can. */
  obstacle: z.string().nullable(),
  /** The last rebase met conflicts in these files and left everything as it was. Null when it did not, or when the branch has changed since. */
  conflict: z.object({ onto: z.string(), files: z.array(z.string()) }).nullable(),
});
export type PublishState = z.infer<typeof publishStateSchema>;

const branch = z.string().trim().min(1, 'Name a branch.').max(200).regex(/^(?!-)(?!.*(?:\.\.|@\{|\/\/|\\|[\s~^:?*[\u0000-\u001f\u007f]))(?!.*(?:\.lock|[./])$)[^/.].*$/u, 'This is not a name that git takes for a branch.');

export const publishRunInput = z.strictObject({ runId: z.uuid() });
export const commitInput = z.strictObject({
  runId: z.uuid(),
  message: z.string().trim().min(1, 'Write a commit message.').max(64 * 1024),
  /** Names Claude as co-author, by a trailer. */
  coAuthor: z.boolean().default(true),
});
export type CommitInput = z.output<typeof commitInput>;
export const pushInput = z.strictObject({
  runId: z.uuid(),
  /** Absent: the run's own branch. */
  branch: branch.optional(),
  /** Overwrites what the remote holds, but only if that is what was pushed from here (force-with-lease). */
  force: z.boolean().default(false),
});
export type PushInput = z.output<typeof pushInput>;
export const openPullRequestInput = z.strictObject({
  runId: z.uuid(),
  title: z.string().trim().min(1, 'Write a title.').max(256, 'A title has at most 256 characters.'),
  body: z.string().max(65_536, 'A description has at most 65,536 characters.').default(''),
  base: branch.optional(),
  draft: z.boolean().default(false),
});
export type OpenPullRequestInput = z.output<typeof openPullRequestInput>;
export const markPullRequestInput = z.strictObject({ runId: z.uuid(), draft: z.boolean() });
export type MarkPullRequestInput = z.output<typeof markPullRequestInput>;
/** What is proposed for the forms; a person may change all of it. */
export const publishProposalSchema = z.object({ commitMessage: z.string(), title: z.string(), body: z.string() });
export type PublishProposal = z.infer<typeof publishProposalSchema>;
