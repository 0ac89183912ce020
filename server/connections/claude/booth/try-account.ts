import { randomUUID } from 'node:crypto';
import { BOOTH_HOME, type Booth } from '@/server/connections/claude/booth/booth';
import { judgeTrial, type TrialOutcome } from '@/server/connections/claude/booth/judge-trial';
import { putFile } from '@/server/connections/claude/booth/put-file';
import { deliverCredential } from '@/server/connections/claude/claude-delivery';
import type { ClaudeSource } from '@/server/connections/claude/claude-source';

/** Opens a file as a descriptor, says its number in a variable, and becomes the command. */
const HAND_OVER = `
my ($path, $variable) = splice @ARGV, 0, 2;
$^F = 255;
open(my $file, '<', $path) or die;
$ENV{$variable} = fileno $file;
exec @ARGV or die;
`;

const CALL_MS = 90_000;

/**
 * Asks Claude one small question with the source, by the real CLI and with the model that runs use unless they name another. The
 * credential is in the booth's memory only, and handed over as runs get theirs.
 */
export async function tryAccount(booth: Booth, source: ClaudeSource, signal: AbortSignal): Promise<TrialOutcome> {
  const file = `${BOOTH_HOME}/credential-${randomUUID()}`;
  const delivery = deliverCredential(source, file);
  await putFile(booth, file, delivery.content, signal);
  const launcher = delivery.descriptorVariable === null ? [] : ['perl', '-e', HAND_OVER, file, delivery.descriptorVariable];
  const result = await booth.engine.exec(
    booth.containerId,
    {
      argv: [...launcher, ...question(delivery.settings)],
      env: { ...delivery.env, CLAUDE_CONFIG_DIR: `${BOOTH_HOME}/claude`, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_MAX_RETRIES: '1', API_TIMEOUT_MS: '30000' },
      cwd: BOOTH_HOME,
      timeoutMs: CALL_MS,
    },
    signal,
  );
  return judgeTrial(result, source.credential.value);
}

function question(settings: string): string[] {
  const answer = ['-p', 'Answer with the word yes.', '--max-turns', '1', '--output-format', 'json'];
  return ['claude', ...answer, '--tools', '', '--system-prompt', 'Answer in one word.', '--no-session-persistence', '--setting-sources', 'user', '--strict-mcp-config', '--settings', settings];
}
