import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { removeDetachedCommand, stopDetached, type DetachedCommandSpec } from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import { sessionPlace } from '@/server/runs/claude-session';
import type { OpenCheck } from '@/server/runs/variants/check/due-checks';
import type { MaskedText } from '@/contract/masked-text';
import type { Masker } from '@/server/secrets/mask';
import { readOutput } from '@/server/workspaces/tasks/command-output';
import { plainCommand, startCommand, type StartCommand } from '@/server/workspaces/tasks/start-command';
import { EXCHANGE_TARGET } from '@/server/workspaces/workspace-container';

/** What is kept of what a check says: its end. */
const KEPT_BYTES = 32 * 1024;
/** Sourced by bash before the check: one stream, in the order in which things were said. Programs that the check starts are spared it. */
const PRELUDE = 'unset BASH_ENV\nexec 2>&1\n';

/** The command of this start of the check. It is its person's own text and lies in a file; nothing of it is an argument. */
export function checkCommandOf({ variant, workspace }: OpenCheck, containerId: string, signal: AbortSignal): StartCommand {
  return startCommand({ workspace, containerId, signal }, `check-${variant.runId.replaceAll('-', '')}-${variant.checkAttempt}`, 'The check');
}

/** In the worktree, as `anyon`, with the variable by which test runners know that nobody sits before them. It ends at the first line that fails. */
export function checkSpecOf({ variant, command }: OpenCheck, { id }: StartCommand): DetachedCommandSpec {
  const files = [
    { name: 'script', text: `${command}\n` },
    { name: 'prelude', text: PRELUDE },
  ];
  return plainCommand(['bash', '-e', '-o', 'pipefail', `${EXCHANGE_TARGET}/${id}/script`], { cwd: sessionPlace(variant.runId).worktree, env: { CI: 'true', BASH_ENV: `${EXCHANGE_TARGET}/${id}/prelude` }, files });
}

/** Ends what is left of other checks of the workspace, and removes it: there is never more than one. */
export async function endOtherChecks(engine: ContainerEngine, { workspace }: OpenCheck, own: StartCommand): Promise<void> {
  const exchange = workspaceExchangeDir(workspace.id);
  for (const name of await readdir(exchange)) {
    if (!/^check-[0-9a-f]{32}-\d{1,9}$/.test(name) || name === own.id) continue;
    await stopDetached(engine, own.containerId, name, 1, own.signal);
    await removeDetachedCommand(path.join(exchange, name));
  }
}

/** The end of what it said, as plain text; empty when nothing can be read. */
export async function outputOf({ directory }: StartCommand, masker: Masker): Promise<MaskedText> {
  const parts = await Promise.all((['out', 'err'] as const).map((stream) => readOutput(directory, stream, KEPT_BYTES, masker).then(({ tail }) => tail, () => '')));
  return masker.maskText(plainText(parts.join('')));
}

/** Without colours and control characters; of a line that was written over, what stood there last. Line by line: an expression over all of it could take minutes. */
export function plainText(said: string): string {
  return stripVTControlCharacters(said)
    .split('\n')
    .map((line) => lastWritten(line).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ''))
    .join('\n')
    .slice(-KEPT_BYTES)
    .toWellFormed();
}

function lastWritten(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
}
