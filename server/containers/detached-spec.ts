import { AnyonError } from '@/server/errors';

/**
 * What the wrapper `anyon-run` shall run in a container. The wrapper gets it once, as spec.json; the same id never means
 * anything else.
 */
export interface DetachedCommandSpec {
  argv: readonly string[];
  /** No secrets: visible to every process of the container's user. */
  env: Readonly<Record<string, string>>;
  /** A path in the container. */
  cwd: string;
  /** Written to stdin first; null for /dev/null. */
  input: string | null;
  /** Keeps stdin open after `input`, for follow-ups and control requests. */
  keepStdinOpen: boolean;
  /** Closes a kept-open stdin once a JSON line of type "result" has been written to stdout. */
  closeStdinOn: 'result-line' | null;
  /** The file at `path` in the container (among the secrets) is handed over as an inherited descriptor, whose number is put into `variable`. */
  credential: { variable: string; path: string } | null;
  /**
   * A git worktree and branch to create first; paths in the container, `base` a commit-ish. `files`: commits of which the first that there is
   * gives the files, and its first parent the base.
   */
  worktree: { repository: string; path: string; branch: string; base: string; files?: readonly string[] } | null;
  /** A Claude session that begins as another one was at a moment. */
  session?: ForkedSession | null;
  /** A file of the worktree whose text is passed to the command as the value of `flag`. */
  instructions: { flag: string; file: string; maxBytes: number } | null;
  /** Writes diff.patch and changes.json at the end, and keeps the working tree of the beginning and the end. */
  snapshot: boolean;
  /** Commits to compare with instead of the beginning of this command; a diff for `conversation` is written beside the other where it is another. */
  bases?: { run: string | null; conversation: string | null };
  /** Further files that lie in the command's folder when it begins, read-only. */
  files?: readonly DetachedFile[];
}

/** Transcripts in the container, what is copied of the first (all lines before the moment, an ISO time), and the names that change: [old, new]. */
export interface ForkedSession {
  from: string;
  to: string;
  before: string;
  id: readonly [string, string];
  worktree: readonly [string, string];
  branch: readonly [string, string];
}

/** `name` is the file's in the folder; its content is a text, or a copy of a file of the host's own. */
export type DetachedFile = { name: string; text: string } | { name: string; copyOf: string };

/** Returns the id if it can be a command's: 1 to 64 letters, digits and dashes, no dash first. Throws `invalid` otherwise. */
export function checkCommandId(id: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9-]{0,63}$/.test(id)) throw new AnyonError('invalid', `"${id.slice(0, 100)}" is not the id of a command.`);
  return id;
}
