import type { SystemCheck } from '@/contract/system-status';
import { env, type WrongSetting } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { withinPatience } from '@/server/system/check';
import { checkOwnPort, checkWantedPorts } from '@/server/system/check-ports';
import { checkMachineClock } from '@/server/system/start/check-clock';
import { checkContainerUser } from '@/server/system/start/check-container-user';
import { checkDirectories } from '@/server/system/start/check-directories';
import { checkGivenDatabase } from '@/server/system/start/check-given-database';
import { checkInstallKey } from '@/server/system/start/check-install-key';
import { checkSocket, saysAbsent } from '@/server/system/start/check-socket';
import { checkSettings } from '@/server/system/start/wrong-settings';

export interface StartConditions {
  /** What the parser of the settings has found. */
  wrong: readonly WrongSetting[];
  /** Processes of this install, which may hold its ports. */
  ours: readonly number[];
  /** Anyon runs, so its own ports are taken and its database is looked at by itself. */
  running: boolean;
  /** How long each check may take, in milliseconds. */
  patienceMs?: number;
}

/** A start is seldom and must not fail for a machine that is busy just then. */
const PATIENCE_AT_START_MS = 15_000;

/**
 * Everything that must be right before Anyon starts, looked at whole: settings, keys, folders, engine, database, ports, clock. Changes nothing. The
 * start, `npm run up` and `npm run doctor` say what is wrong in these words. What a wrong setting decides is not looked at.
 */
export async function startChecks({ wrong, ours, running, patienceMs }: StartConditions): Promise<SystemCheck[]> {
  const { DATABASE_URL } = env();
  const settings = checkSettings(wrong);
  const unknown = new Set(settings.filter(({ severity }) => severity !== 'ok').map(({ name }) => name));
  const make = (name: string, fix: string, decidedBy: readonly string[], look: (signal: AbortSignal) => Promise<SystemCheck[]>): Promise<SystemCheck[]> =>
    decidedBy.some((variable) => unknown.has(variable)) ? Promise.resolve([]) : withinPatience(name, fix, look, patienceMs);
  const ports = ['ANYON_PORT', 'ANYON_HOST', 'ANYON_PREVIEW_PORT', 'ANYON_SIMULATOR_PORT', 'ANYON_EGRESS_PORT'];
  const checks = await Promise.all([
    Promise.resolve(settings),
    make('Install key', 'Look at ANYON_SECRET_KEY.', [], checkInstallKey),
    make('Directories', 'Look at ANYON_DATA_DIR.', [], () => checkDirectories(unknown)),
    make('User of the workspaces', 'Look at ANYON_DOCKER_USER.', ['ANYON_DOCKER_USER'], checkContainerUser),
    make('Docker socket', 'Start Docker, or run `npm run up` again.', ['DOCKER_HOST'], checkSocket),
    DATABASE_URL === undefined || running ? Promise.resolve([]) : make('Database', 'Start the server of DATABASE_URL.', ['DATABASE_URL'], () => checkGivenDatabase(DATABASE_URL)),
    make('Ports', 'Choose other ports, or stop what holds them.', ports, (signal) => (running ? checkOwnPort() : checkWantedPorts(ours, signal))),
    make('Clock of this machine', 'Look at `timedatectl`.', [], checkMachineClock),
  ]);
  return checks.flat();
}

/** Throws one error with all that stands in the way of the start, each with its fix. `engineMayBeAbsent`: `npm run up` starts it afterwards. */
export async function assertMayStart(conditions: Pick<StartConditions, 'wrong' | 'ours'>, { engineMayBeAbsent = false } = {}): Promise<void> {
  const checks = await startChecks({ ...conditions, running: false, patienceMs: PATIENCE_AT_START_MS });
  const problems = checks.filter(({ severity, detail }) => severity === 'failed' && !(engineMayBeAbsent && env().DOCKER_HOST === undefined && saysAbsent(detail)));
  if (problems.length > 0) throw new AnyonError('precondition', problemsInWords(problems));
}

/** One line for each, and its fix below. */
export function problemsInWords(problems: readonly SystemCheck[]): string {
  const head = problems.length === 1 ? 'One thing is in the way of Anyon:' : `${problems.length} things are in the way of Anyon:`;
  return [head, ...problems.flatMap(({ detail, fix }) => [`✗ ${detail}`, ...(fix === null ? [] : [`  → ${fix}`])])].join('\n');
}
