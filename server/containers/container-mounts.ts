import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { AnyonError } from '@/server/errors';
import type { BindMount } from '@/server/containers/engine';

export interface EngineMount {
  Type: 'bind';
  Source: string;
  Target: string;
  ReadOnly: boolean;
  BindOptions: { Propagation: 'rprivate' };
}

/** Where what may be mounted lies. */
export interface MountRoots {
  dataDir: string;
  /** Absent: `workspaces` in the data directory. */
  workspacesDir?: string;
  /** Absent: nothing of it may be mounted. */
  secretsDir?: string;
}

const targetRoots = ['/workspace', '/anyon'];
const secretsTarget = '/anyon/secrets';

/**
 * Checks each mount and returns it in the engine's form, with the source's real path. A source must be an existing
 * directory at least two levels below the folder of the workspaces, written without `..` and reached without a symbolic link
 * below the data directory, or below that folder where it lies elsewhere; a target must be /workspace, /anyon or below one of them, each used once. The secrets of one
 * workspace, `<secretsDir>/<id>`, may be mounted as well: read-only, at /anyon/secrets, and nothing else there. Throws `invalid`.
 */
export async function checkMounts(mounts: readonly BindMount[], roots: MountRoots): Promise<EngineMount[]> {
  const targets = new Set<string>();
  const checked: EngineMount[] = [];
  for (const mount of mounts) {
    const target = checkTarget(mount.target);
    if (targets.has(target)) throw new AnyonError('invalid', `Two mounts have the same target "${target}".`);
    targets.add(target);
    const source = await checkSource(mount, roots);
    checked.push({ Type: 'bind', Source: source, Target: target, ReadOnly: mount.readOnly ?? false, BindOptions: { Propagation: 'rprivate' } });
  }
  return checked;
}

function checkTarget(target: string): string {
  const inside = targetRoots.some((root) => target === root || target.startsWith(`${root}/`));
  if (!inside || !isPlainPath(target)) {
    throw new AnyonError('invalid', `"${target.slice(0, 200)}" may not be a mount target. Use /workspace, /anyon or a folder below one of them.`);
  }
  return target;
}

async function checkSource(mount: BindMount, roots: MountRoots): Promise<string> {
  const workspacesDir = roots.workspacesDir ?? path.join(roots.dataDir, 'workspaces');
  const forSecrets = isSecrets(mount, roots);
  const place = forSecrets ? roots.secretsDir : workspacesDir;
  const { source } = mount;
  const parts = path.relative(place, source).split('/');
  const isPlace = forSecrets ? parts.length === 1 && isWorkspaceId(parts[0] ?? '') : parts.length >= 2;
  if (!isPlainPath(source) || !isPlainPath(place) || !source.startsWith(`${place}/`) || !isPlace) {
    throw new AnyonError('invalid', `"${source.slice(0, 200)}" may not be mounted: only folders of a workspace, below ${workspacesDir}, may.`);
  }
  const root = forSecrets || !place.startsWith(`${roots.dataDir}/`) ? place : roots.dataDir;
  const relative = path.relative(root, source);
  let real: string;
  let expected: string;
  let isDirectory: boolean;
  try {
    real = await realpath(source);
    // The root itself may lie behind a link (an operator's choice); nothing below it may.
    expected = path.join(await realpath(root), relative);
    isDirectory = (await stat(real)).isDirectory();
  } catch (cause) {
    throw new AnyonError('invalid', `The folder "${source}" cannot be mounted because it does not exist or cannot be read.`, { cause });
  }
  if (real !== expected) throw new AnyonError('invalid', `"${source}" may not be mounted: its path leads through a symbolic link.`);
  if (!isDirectory) throw new AnyonError('invalid', `"${source}" may not be mounted: it is not a folder.`);
  return real;
}

/** Secrets go to their one place, and nothing else goes there or below. */
function isSecrets({ target, readOnly }: BindMount, roots: MountRoots): roots is Required<MountRoots> {
  if (target !== secretsTarget && !target.startsWith(`${secretsTarget}/`)) return false;
  if (roots.secretsDir === undefined || target !== secretsTarget || readOnly !== true) {
    throw new AnyonError('invalid', `"${target.slice(0, 200)}" is for the secrets of the workspace, read-only, and for nothing else.`);
  }
  return true;
}

function isWorkspaceId(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(name);
}

/** Absolute, already normal (no `.`, `..`, `//` or trailing slash), free of control characters. */
function isPlainPath(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return path.isAbsolute(text) && path.normalize(text) === text && !text.endsWith('/') && !/[\u0000-\u001f]/.test(text);
}
