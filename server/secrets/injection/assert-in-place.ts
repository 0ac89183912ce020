import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';
import { attemptSecretsDir, workspaceSecretsDir } from '@/server/deployment/paths';
import { ensureSecretsDir, isInMemory } from '@/server/deployment/secrets-place';
import { isOlderImage, olderImage } from '@/server/containers/older-image';
import { AnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { FILE_MODE, FOLDER_MODE, readPlaceMark, secretsOwner, WORKSPACE_FOLDER_MODE } from '@/server/secrets/injection/secret-folder';

/** `anyon-run secrets <attempt>` (docker/claude-code/anyon-run.d/secrets.pm). */
const entryShape = z.object({ name: z.string(), mode: z.number().int(), uid: z.number().int(), readable: z.boolean() });
const reportShape = z.object({ mark: z.string().nullable(), type: z.string(), readOnly: z.boolean(), writable: z.boolean(), folder: entryShape.nullable(), files: z.array(entryShape) });
type Report = z.infer<typeof reportShape>;

export interface InjectedPlace {
  workspaceId: string;
  containerId: string;
  /** Null: nothing has been injected, only the place itself is looked at. */
  injected: { attempt: string; names: readonly string[] } | null;
}

/**
 * Looks from the host and from inside whether secrets lie where, and as, they must: exact modes and owner, read-only for the
 * container, on the right file system, and nothing else in the folder (SEC-07). To be called after every start of a container and after every
 * injection. `attendants` spare it a command of its own. Throws `precondition` with what is wrong, `unavailable` when the engine does not answer.
 */
export async function assertSecretsInPlace(engine: ContainerEngine, place: InjectedPlace, signal?: AbortSignal, attendants?: Attendants): Promise<void> {
  await ensureSecretsDir();
  const wrong = (await wrongOnHost(place)) ?? wrongInside(place, await lookInside(engine, place, signal, attendants), { mark: await readPlaceMark(place.workspaceId), inMemory: await isInMemory() });
  if (wrong === null) return;
  log().error({ workspaceId: place.workspaceId, attempt: place.injected?.attempt, wrong }, 'secrets: not in place');
  throw new AnyonError('precondition', `The workspace's place for secrets is not as it must be: ${wrong}. Nothing was handed over. Restart the workspace; if it stays so, look at the system check.`);
}

async function wrongOnHost({ workspaceId, injected }: InjectedPlace): Promise<string | null> {
  const { uid } = secretsOwner();
  const wrong = [await wrongEntry(workspaceSecretsDir(workspaceId), 'folder', WORKSPACE_FOLDER_MODE, process.getuid?.() ?? 0)];
  if (injected) {
    const folder = attemptSecretsDir(workspaceId, injected.attempt);
    wrong.push(await wrongEntry(folder, 'folder', FOLDER_MODE, uid));
    for (const name of injected.names) wrong.push(await wrongEntry(path.join(folder, name), 'file', FILE_MODE, uid));
  }
  return wrong.find((one) => one !== null) ?? null;
}

async function wrongEntry(place: string, kind: 'file' | 'folder', mode: number, uid: number): Promise<string | null> {
  const found = await lstat(place).catch(() => null);
  if (!found) return `${place} is not there`;
  if (kind === 'folder' ? !found.isDirectory() : !found.isFile() || found.nlink !== 1) return `${place} is not a plain ${kind}`;
  if (found.uid !== uid) return `${place} belongs to user ${found.uid} and not to ${uid}`;
  if ((found.mode & 0o7777) !== mode) return `${place} has the mode ${(found.mode & 0o7777).toString(8)} and not ${mode.toString(8)}`;
  return null;
}

async function lookInside(engine: ContainerEngine, { containerId, injected }: InjectedPlace, signal?: AbortSignal, attendants?: Attendants): Promise<Report> {
  const { uid, gid } = secretsOwner();
  const attempt = injected?.attempt ?? '-';
  const seen = readReport((await attendants?.ask(containerId, `${uid}:${gid}`, `secrets ${attempt}`)) ?? '');
  if (seen) return seen;
  signal?.throwIfAborted();
  const { exitCode, stdout, stderr } = await engine.exec(containerId, { argv: ['anyon-run', 'secrets', attempt], user: `${uid}:${gid}` }, signal);
  if (isOlderImage(exitCode)) throw olderImage('The look at its secrets');
  const report = readReport(stdout.toString('utf8'));
  if (report) return report;
  const said = stderr.toString('utf8', 0, 200).trim().split('\n')[0];
  throw new AnyonError('precondition', `The container does not show its place for secrets (${said || `exit code ${exitCode}`}). Restart the workspace.`);
}

/** Null for anything that is no report. */
function readReport(text: string): Report | null {
  try {
    return reportShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function wrongInside({ injected }: InjectedPlace, report: Report, host: { mark: string | null; inMemory: boolean }): string | null {
  if (report.mark === null || report.mark !== host.mark) return 'the container sees another folder than the one that secrets are put into';
  if (!report.readOnly || report.writable) return 'the container can write to it';
  // What the container's kernel calls it says nothing under another runtime, where files come through a proxy.
  if (host.inMemory && ['ext4', 'xfs', 'btrfs', 'overlay'].includes(report.type)) return `the container sees it on ${report.type}, although it lies in memory`;
  if (!injected) return null;
  const { uid } = secretsOwner();
  const entries = [...(report.folder ? [{ ...report.folder, wanted: FOLDER_MODE }] : []), ...report.files.map((file) => ({ ...file, wanted: FILE_MODE }))];
  const odd = entries.find((entry) => entry.mode !== entry.wanted || entry.uid !== uid || !entry.readable);
  if (odd) return `in the container ${odd.name} has the mode ${odd.mode.toString(8)}, belongs to user ${odd.uid} and ${odd.readable ? 'can' : 'cannot'} be read`;
  const [seen, given] = [report.files.map(({ name }) => name), injected.names].map((names) => [...names].sort().join(', '));
  return report.folder && seen === given ? null : `the container sees ${seen || 'no file'} where ${given} should be`;
}
