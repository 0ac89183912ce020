import { sql, type SQL } from 'drizzle-orm';
import type { FilesAway } from '@/contract/run';

/** Whether the files of a row of `runs` are in a checkpoint instead of their worktree, as JSON; null where they are in their place. */
export const filesAway: SQL<FilesAway | null> = sql<FilesAway | null>`(
  select json_build_object('state', p.state, 'since', p.state_since, 'because', coalesce(p.because, ''), 'problem', p.problem)
  from worktree_places p join runs f on f.id = p.first_run_id
  where p.claude_session_id = runs.claude_session_id and f.workspace_id = runs.workspace_id and p.state <> 'there'
)`;
