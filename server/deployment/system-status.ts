import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { SystemCheck, SystemStatus } from '@/contract/system-status';
import { workspaceLimitsSchema } from '@/contract/workspace';
import { containerEngine } from '@/server/containers/container-engine';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';

const GIB = 1024 ** 3;
/** Left for the system, Postgres and Anyon itself when counting how many workspaces fit. */
const RESERVED_MEMORY_BYTES = 2 * GIB;

/** The system check: every line green, or red with its fix. Answers within about two seconds whatever is broken. */
export async function systemStatus(): Promise<SystemStatus> {
  const checks = await Promise.all([checkEngine(), checkImage(), checkDisk(), checkSimulator()]);
  const perWorkspace = workspaceLimitsSchema.parse({}).memoryBytes;
  const workspacesThatFit = Math.max(0, Math.floor((os.totalmem() - RESERVED_MEMORY_BYTES) / perWorkspace));
  return { checks: [...checks, checkMemory(workspacesThatFit)], claude: 'simulator', workspacesThatFit };
}

function check(name: string, ok: boolean, detail: string, fix: string): SystemCheck {
  return { name, ok, detail, fix: ok ? null : fix };
}

async function checkEngine(): Promise<SystemCheck> {
  try {
    const version = await containerEngine().version(AbortSignal.timeout(2_000));
    return check('Docker Engine', true, `Version ${version.version}, API ${version.apiVersion}`, '');
  } catch (error) {
    return check('Docker Engine', false, describeError(error), 'Start Docker, or run `npm run up` again.');
  }
}

async function checkImage(): Promise<SystemCheck> {
  const image = env().ANYON_CLOUD_IMAGE;
  try {
    await containerEngine().ensureImage(image, { pull: 'never', signal: AbortSignal.timeout(2_000) });
    return check('Runtime image', true, image, '');
  } catch (error) {
    return check('Runtime image', false, describeError(error), 'Run `npm run images`.');
  }
}

async function checkDisk(): Promise<SystemCheck> {
  const { bavail, bsize } = await statfs(env().dataDir);
  const free = bavail * bsize;
  return check('Disk', free > env().ANYON_MIN_FREE_BYTES, `${(free / GIB).toFixed(1)} GiB free at ${env().dataDir}`, 'Free some disk space, or delete workspaces that nobody needs.');
}

async function checkSimulator(): Promise<SystemCheck> {
  const url = env().ANYON_SIMULATOR_URL;
  const fix = 'Look for "simulator" in the server log; the parent process starts it again by itself.';
  if (!url) return check('Claude simulator', false, 'It has no address.', 'Start Anyon with `npm run up`.');
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
    return check('Claude simulator', response.ok, response.ok ? `Answers at ${url}` : `Answers ${response.status}`, fix);
  } catch (error) {
    return check('Claude simulator', false, `Does not answer at ${url} (${describeError(error)}).`, fix);
  }
}

function checkMemory(fit: number): SystemCheck {
  return check('Memory', fit > 0, `${(os.totalmem() / GIB).toFixed(1)} GiB, room for about ${fit} workspaces of the default size`, 'Use a VM with more memory, or smaller workspaces.');
}
