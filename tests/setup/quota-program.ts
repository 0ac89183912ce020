import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { applyDiskQuota, diskQuotaSupport, readDiskUse } from '@/server/deployment/disk-quota';
import { measureDiskUse } from '@/server/deployment/disk-use';
import { workspaceDir, workspaceFilesDir } from '@/server/deployment/paths';
import { chooseProjectId, projectIds } from '@/server/deployment/project-quota';
import { describeError } from '@/server/errors';

/** What tests/integration/disk-quota.test.ts runs under a kernel that has quotas. Writes what it saw to the file named by its argument. */
const MIB = 1024 ** 2;
const USER = 1000;

export interface QuotaAnswer {
  support: { supported: boolean; reason: string };
  refusal: string | null;
  full: Written;
  hostLostBytes: number;
  other: Written;
  otherWhileFull: Written;
  use: { limited: number | null; free: number | null };
  marked: { old: number; oldFolder: number };
  raised: Written;
  lowered: Written;
  lifted: Written;
  evaded: { exitCode: number | null; counted: number | null; measured: number | null };
  ids: number[];
}

interface Written {
  bytes: number;
  error: string;
}

function make(workspaceId: string): void {
  for (const directory of [workspaceDir(workspaceId), workspaceFilesDir(workspaceId)]) mkdirSync(directory, { recursive: true });
  chownSync(workspaceFilesDir(workspaceId), USER, USER);
}

/** Writes as the user that containers run as, who has no privilege: quotas do not hold root. */
function write(workspaceId: string, name: string, bytes: number): Written {
  const file = path.join(workspaceFilesDir(workspaceId), name);
  const result = spawnSync('setpriv', ['--reuid', String(USER), '--regid', String(USER), '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', 'dd', 'if=/dev/zero', `of=${file}`, 'bs=64k', `count=${bytes / 65_536}`, 'conv=fsync'], { encoding: 'utf8' });
  const written = /^(\d+) bytes/m.exec(result.stderr)?.[1];
  return { bytes: Number(written ?? -1), error: /(No space left on device|Disk quota exceeded)/.exec(result.stderr)?.[1] ?? '' };
}

function freeBytes(): number {
  execFileSync('sync');
  const { bfree, bsize } = statfsSync('/mnt/data');
  return bfree * bsize;
}

async function attempt(work: () => Promise<void>): Promise<string | null> {
  return work().then(() => null, describeError);
}

async function main(): Promise<QuotaAnswer | Pick<QuotaAnswer, 'support' | 'refusal'>> {
  for (const id of ['limited', 'free', 'third']) make(id);
  const old = path.join(workspaceFilesDir('limited'), 'old');
  mkdirSync(path.join(old, 'deep'), { recursive: true });
  writeFileSync(path.join(old, 'deep/file'), 'from before there were quotas');
  // Somebody else's directory has the number that would be the third's.
  mkdirSync(workspaceDir('squatter'));
  const squatted = chooseProjectId('third', new Set());
  spawnSync('chattr', ['-p', String(squatted), workspaceDir('squatter')]);

  const support = await diskQuotaSupport();
  if (!support.supported) return { support, refusal: await attempt(() => applyDiskQuota('limited', 20 * MIB)) };
  const before = freeBytes();
  await applyDiskQuota('limited', 20 * MIB);
  await Promise.all(['free', 'third'].map((id) => applyDiskQuota(id, null)));
  const other = write('free', 'one', 8 * MIB);
  const full = write('limited', 'big', 64 * MIB);
  const hostLostBytes = before - freeBytes() - other.bytes;
  const otherWhileFull = write('free', 'two', 32 * MIB);
  const use = { limited: await readDiskUse('limited'), free: await readDiskUse('free') };
  await applyDiskQuota('limited', 30 * MIB);
  const raised = write('limited', 'more', 64 * MIB);
  await applyDiskQuota('limited', 10 * MIB);
  const lowered = write('limited', 'again', MIB);
  await applyDiskQuota('limited', null);
  const lifted = write('limited', 'free', 16 * MIB);
  const evasion = spawnSync('setpriv', ['--reuid', String(USER), '--clear-groups', 'chattr', '-p', '0', path.join(workspaceFilesDir('limited'), 'big')]);
  const evaded = { exitCode: evasion.status, counted: await readDiskUse('limited'), measured: await measureDiskUse(workspaceDir('limited')) };
  const marks = await projectIds([old, path.join(old, 'deep/file'), ...['limited', 'free', 'third', 'squatter'].map(workspaceDir)]);
  const marked = { old: marks.get(path.join(old, 'deep/file')) ?? -1, oldFolder: marks.get(old) ?? -1 };
  const ids = ['limited', 'free', 'third', 'squatter'].map((id) => marks.get(workspaceDir(id)) ?? -1);
  return { support, refusal: null, full, hostLostBytes, other, otherWhileFull, use, marked, raised, lowered, lifted, evaded, ids };
}

const [answerFile = ''] = process.argv.slice(2);
main().then(
  (answer) => writeFileSync(answerFile, JSON.stringify(answer)),
  (error: unknown) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
);
