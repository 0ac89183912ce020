import type { ClaudeSource } from '@/server/connections/claude/claude-account';

/** Everything that tells the CLI who answers it and where its credential lies; nothing of it but `content` is a secret. */
export interface ClaudeDelivery {
  /** What the credential's file holds: the bare value, or a settings file around it. */
  content: string;
  /** The variable that names the descriptor on which the file's content is handed over; null: the CLI opens the file by itself. */
  descriptorVariable: string | null;
  env: Readonly<Record<string, string>>;
  /** The value of `--settings`: JSON, or the path of the credential's file. */
  settings: string;
}

/**
 * How the CLI is given the source's credential when it lies at `file`, a path in the container without spaces. Driven against
 * 2.1.329: only keys and subscription tokens can come by a descriptor. A gateway's token comes from a helper command that the CLI runs,
 * Bedrock's from a settings file, Vertex's from the file that Google's library reads (docs/decisions/0019-claude-login.md).
 *
 * In `-p` mode the CLI trusts the repository: its settings could redirect the key, run hooks or a helper of their own. So the
 * settings given here always name the address and the helper, if only to say that there is none.
 */
export function deliverCredential(source: ClaudeSource, file: string): ClaudeDelivery {
  const { reading, value } = source.credential;
  const env = { ...(source.baseUrl !== null && { ANTHROPIC_BASE_URL: source.baseUrl }), ...source.env, ...(reading.by === 'variable' && { [reading.variable]: file }) };
  const settings = { disableAllHooks: true, apiKeyHelper: reading.by === 'helper' ? `cat ${file}` : '', env };
  if (reading.by === 'settings') {
    const content = JSON.stringify({ ...settings, env: { ...env, [reading.variable]: value } });
    return { content, descriptorVariable: null, env, settings: file };
  }
  return { content: value, descriptorVariable: reading.by === 'descriptor' ? reading.variable : null, env, settings: JSON.stringify(settings) };
}
