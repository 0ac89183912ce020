import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { removeDetachedCommand, stopDetached, type DetachedExit } from '@/server/containers/detached-command';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { maskTokens } from '@/server/secrets/masked-text';
import { OutputWatch } from '@/server/workspaces/setup/output-watch';
import { keepSetupLog, SETUP_LOG_BYTES } from '@/server/workspaces/setup/setup-log';
import { scriptHash, type SetupPlace } from '@/server/workspaces/setup/setup-place';
import { lastLines, readOutput, type CommandOutput } from '@/server/workspaces/tasks/command-output';
import { followToEnd, launchOnce, plainCommand, startCommand, type StartCommand } from '@/server/workspaces/tasks/start-command';
import { EXCHANGE_TARGET, REPOSITORY_PATH } from '@/server/workspaces/workspace-container';

/** Sourced by bash before the script: one stream, in the order in which things were said. Programs that the script starts are spared it. */
const PRELUDE = 'unset BASH_ENV\nexec 2>&1\n';

/**
 * Runs the script in the repository, as `anyon` and as a detached command, to a good end. The script is its owner's own text
 * and lies in a file; nothing of it is an argument. It goes on while Anyon restarts, and the next attempt waits for the same
 * one. Throws `precondition` with the exit code and the last lines when it fails; then nothing is left of it but its log.
 */
export async function runToGoodEnd(place: SetupPlace): Promise<void> {
  const command = commandOf(place);
  await endOthers(place, command.id);
  await launchOnce(place.engine, command, specOf(place, command));
  await failpoint('start.setup-launched');
  const watch = new OutputWatch(place, command);
  const exit = await followToEnd(place.engine, command, () => watch.look());
  await keepLog(place, command);
  if (exit.exitCode === 0 && watch.stopped === null) return;
  const reason = watch.stopped ?? (await failure(place, command, exit));
  await removeDetachedCommand(command.directory); // or the next start would find this failure
  throw reason;
}

/** Removes what tells a later attempt that the script has ended well: when that stands in the row. */
export async function forgetSetupCommand(place: SetupPlace): Promise<void> {
  await removeDetachedCommand(commandOf(place).directory);
}

function commandOf(place: SetupPlace): StartCommand {
  return startCommand(place, `setup-${scriptHash(place.workspace.setupScript)}`, 'The set-up script');
}

function specOf({ workspace }: SetupPlace, { id }: StartCommand) {
  const files = [
    { name: 'script', text: workspace.setupScript },
    { name: 'prelude', text: PRELUDE },
  ];
  return plainCommand(['bash', '-e', `${EXCHANGE_TARGET}/${id}/script`], { cwd: REPOSITORY_PATH, env: { BASH_ENV: `${EXCHANGE_TARGET}/${id}/prelude` }, files });
}

/** A script that was changed while an attempt at the old one was on: the old one must not go on beside the new. */
async function endOthers({ engine, workspace, containerId, signal }: SetupPlace, own: string): Promise<void> {
  const exchange = workspaceExchangeDir(workspace.id);
  for (const name of await readdir(exchange)) {
    if (!/^setup-[0-9a-f]{16}$/.test(name) || name === own) continue;
    await stopDetached(engine, containerId, name, 5, signal);
    await removeDetachedCommand(path.join(exchange, name));
  }
}

async function keepLog({ workspace }: SetupPlace, { directory }: StartCommand): Promise<void> {
  const said = [await readOutput(directory, 'out', SETUP_LOG_BYTES), await readOutput(directory, 'err', 4096)];
  await keepSetupLog(workspace.id, maskTokens(said.map(({ tail }, index) => (index === 0 ? wholeLines(said[0]!) : tail)).join('')));
}

function wholeLines({ bytes, tail }: CommandOutput): string {
  return bytes > SETUP_LOG_BYTES ? `(${bytes - SETUP_LOG_BYTES} bytes before this are not kept)\n${tail.slice(tail.indexOf('\n') + 1)}` : tail;
}

async function failure({ workspace }: SetupPlace, { directory }: StartCommand, exit: DetachedExit): Promise<AnyonError> {
  const wrapper = (await readOutput(directory, 'err', 4096)).tail;
  if (/bash cannot be run/.test(wrapper)) return new AnyonError('precondition', 'The set-up script cannot run because the image has no bash. Choose another image, or take the script away.');
  if (exit.oomKills > 0) {
    return new AnyonError('limit_reached', `The set-up script ran out of memory: the workspace has ${bytesInWords(workspace.memoryBytes)}. Give it more memory and start it again.`);
  }
  const lines = lastLines((await readOutput(directory, 'out', 4096)).tail + wrapper, 3).join(' · ').slice(-400);
  const how = exit.problem ?? (exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.exitCode ?? 'unknown'}`);
  return new AnyonError('precondition', `The set-up script ${how}. ${lines ? `Its last lines: ${lines}` : 'It said nothing.'} (Starting the workspace runs it again.)`);
}
