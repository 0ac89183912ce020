import { deliverCredential, type ClaudeDelivery } from '@/server/connections/claude/claude-delivery';
import { claudeSourceFor, type ClaudeSource } from '@/server/connections/claude/claude-source';
import { gitTokenFile } from '@/server/connections/github/git-token-file';
import { gitHubTokenForUse } from '@/server/connections/github/token-for-use';
import { readExit, readPid } from '@/server/containers/detached-command';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { attemptId, runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import { injectSecrets, withdrawSecrets } from '@/server/secrets/injection/inject-secrets';
import { ownSecretFiles } from '@/server/secrets/injection/own-secrets';
import type { SecretFile } from '@/server/secrets/injection/secret-file';
import { removeSecretFile } from '@/server/secrets/injection/secret-folder';
import { secretsInContainer } from '@/server/secrets/injection/secrets-target';

type SecretRun = Pick<RunRow, 'id' | 'workspaceId' | 'attempt' | 'startedById'>;
type AttemptPlace = Pick<RunRow, 'id' | 'workspaceId' | 'attempt'>;

/** Read once, by the wrapper, and then taken away: what Claude's tools could read would not have to come by a descriptor. */
const ONCE = 'claude';
/** Read by the CLI itself, whenever it needs it. */
const LASTING = 'claude-file';

/** What an attempt of a run was given. */
export interface RunSecrets {
  source: ClaudeSource;
  /** Of all files. */
  names: string[];
}

/** How the CLI finds its credential among the files of the attempt, and where in the container that is. */
export function deliveryOf(run: Pick<RunRow, 'id' | 'attempt'>, source: ClaudeSource): { delivery: ClaudeDelivery; path: string; name: string } {
  const name = source.credential.reading.by === 'descriptor' ? ONCE : LASTING;
  const path = `${secretsInContainer(attemptId(run))}/${name}`;
  return { delivery: deliverCredential(source, path), path, name };
}

/**
 * Gives the attempt what it may use: the Claude credential, the GitHub token and the own secrets of the person who started the
 * run, and of nobody else. Safe to repeat. Throws `AnyonError` when something of it cannot be read or placed: a run gets all or does not begin.
 */
export async function giveRunSecrets(run: SecretRun): Promise<RunSecrets> {
  const { startedById } = run;
  const [source, token, own] = await Promise.all([claudeSourceFor(startedById), gitHubTokenForUse(startedById), ownSecretFiles(startedById)]);
  const { delivery, name } = deliveryOf(run, source);
  const files: SecretFile[] = [
    { name, value: delivery.content, secret: source.credential.secret },
    ...(token ? [gitTokenFile(token)] : []),
    ...own,
  ];
  await injectSecrets({ workspaceId: run.workspaceId, attempt: attemptId(run), runId: run.id, userId: startedById }, files);
  return { source, names: files.map((file) => file.name) };
}

/** True once the wrapper has read what is read once: it has started the command, or the command has ended already. */
export async function hasTakenCredential(run: AttemptPlace): Promise<boolean> {
  const { exchange } = runPlace(run);
  return (await readPid(exchange)) !== null || (await readExit(exchange)) !== null;
}

/** Takes away what only the wrapper had to read. */
export async function takeBackCredential(run: AttemptPlace): Promise<void> {
  await removeSecretFile({ workspaceId: run.workspaceId, attempt: attemptId(run) }, ONCE);
}

/** The attempt is over: nothing of it stays. A failure raises an alert and is tried again by the sweep; the run is over all the same. */
export async function withdrawRunSecrets(run: AttemptPlace): Promise<void> {
  try {
    await withdrawSecrets({ workspaceId: run.workspaceId, attempt: attemptId(run) });
  } catch (error) {
    log().error({ runId: run.id, reason: describeError(error) }, 'run: its secrets are still there, the sweep tries again');
  }
}
