import type { PermissionMode } from '@/contract/run';
import type { DetachedCommandSpec } from '@/server/containers/detached-command';
import { sessionPlace } from '@/server/runs/claude-session';
import type { ClaudeBeginning } from '@/server/runs/claude-beginning';
import { limitOptions, type Limited } from '@/server/runs/run-limits';
import type { RunRow } from '@/server/runs/run-status';
import type { ClaudeSource } from '@/server/connections/claude/claude-source';
import { attemptId } from '@/server/runs/run-place';
import { deliveryOf } from '@/server/runs/run-secrets';
import { secretsInContainer, SECRETS_VARIABLE } from '@/server/secrets/injection/secrets-target';
import { REPOSITORY_PATH } from '@/server/workspaces/workspace-container';

type ClaudeRun = Pick<RunRow, 'id' | 'attempt' | 'branch' | 'model' | 'claudeSessionId'> & Partial<Limited & Pick<RunRow, 'permissionMode'>>;

/**
 * The command of a run: the unmodified Claude Code CLI in a worktree and branch of its own. Driven and measured against
 * 2.1.329 (docs/decisions/0003-claude-code-version.md). The prompt travels in a file; stdin stays open until the result line, so that an
 * interrupt (later: follow-ups, approvals) can be written to it. A run that goes on with another's session does so where that one
 * was: the same worktree and branch, and the same directory of Claude's own files.
 */
export function claudeCommand(run: ClaudeRun, source: ClaudeSource, { firstRunId, resumes, prompt, makesWorktree, place: retried, session = null }: ClaudeBeginning): DetachedCommandSpec {
  const place = sessionPlace(firstRunId);
  const { delivery, path } = deliveryOf(run, source);
  return {
    argv: [
      'claude',
      '-p',
      '--input-format',
      'stream-json',
      '--output-format',
      'stream-json',
      '--verbose',
      '--include-partial-messages',
      ...permissionArguments(run.permissionMode ?? 'bypassPermissions'),
      // Only the settings given here count. CLAUDE.md is handed over by `instructions` instead.
      '--setting-sources',
      'user',
      '--strict-mcp-config',
      '--settings',
      delivery.settings,
      resumes ? '--resume' : '--session-id',
      run.claudeSessionId,
      ...(run.model ? ['--model', run.model] : []),
      ...limitOptions(run),
    ],
    env: {
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_MAX_RETRIES: '3',
      ...delivery.env,
      [SECRETS_VARIABLE]: secretsInContainer(attemptId(run)),
      // Per session: what one writes into its settings reaches no other.
      CLAUDE_CONFIG_DIR: place.claudeFiles,
    },
    cwd: place.worktree,
    input: `${JSON.stringify({ type: 'user', message: { role: 'user', content: [{ type: 'text', text: prompt }] } })}\n`,
    keepStdinOpen: true,
    closeStdinOn: 'result-line',
    credential: delivery.descriptorVariable === null ? null : { variable: delivery.descriptorVariable, path },
    worktree: !makesWorktree ? null : { repository: REPOSITORY_PATH, path: place.worktree, branch: run.branch, base: 'HEAD', ...retried },
    session,
    instructions: { flag: '--append-system-prompt', file: 'CLAUDE.md', maxBytes: 64 * 1024 },
    snapshot: true,
  };
}

/**
 * In every mode but `bypassPermissions`, for which the container is the boundary, the CLI asks on its output and waits for an answer on its
 * input. Never with --allow-dangerously-skip-permissions: 2.1.112 then asks for nothing while it plans.
 */
function permissionArguments(mode: PermissionMode): string[] {
  return ['--permission-mode', mode, ...(mode === 'bypassPermissions' ? [] : ['--permission-prompt-tool', 'stdio'])];
}
