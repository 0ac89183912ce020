import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TransactionSql } from 'postgres';
import { openSession } from '@/db/client';
import { removedDir, runLogDir } from '@/server/deployment/paths';
import { identifyProcess } from '@/server/deployment/process-identity';
import { runProgram } from '@/server/deployment/run-program';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { ArchiveWriter, openForBackup } from '@/server/system/backup/archive-writer';
import { copyTablesOut, type DatabasePart } from '@/server/system/backup/copy-tables';
import { BACKUP_FORMAT, tablePart, type BackupManifest } from '@/server/system/backup/manifest';

export interface MadeBackup {
  file: string;
  bytes: number;
  manifest: BackupManifest;
}

interface Options {
  databaseUrl: string;
  /** Where the file goes. */
  folder: string;
  currentKeyId: string;
}

/** The largest folder of files that is packed in this time counts as stuck. */
const PACK_TIMEOUT_MS = 60 * 60_000;

/**
 * Makes a backup beside a running product: rows as they were at one moment, then the masked logs of those runs and the kept work of those
 * deleted workspaces. Logs only grow, so whatever a row says of one is there when it is read afterwards, unless retention has removed it
 * meanwhile: then the restore says so. Secrets are in it as they are stored, sealed; the key is not.
 */
export async function makeBackup({ databaseUrl, folder, currentKeyId }: Options): Promise<MadeBackup> {
  await assertFolder(folder);
  await sweepLeftovers(folder);
  const madeAt = new Date();
  const file = path.join(folder, `anyon-${madeAt.toISOString().replaceAll(/[:.]/g, '-')}.tar.gz`);
  const staging = await mkdtemp(path.join(folder, `.anyon-backup-${process.pid}-`));
  const archive = await ArchiveWriter.create(file);
  try {
    const { rows, ...database } = await readDatabase(databaseUrl, staging);
    for (const { name } of database.tables) await addWhole(archive, tablePart(name), path.join(staging, name));
    const missing: string[] = [];
    let logs = 0;
    for (const id of rows.runs) logs += await addRun(archive, id);
    for (const work of rows.removed) if (!(await addRemoved(archive, work, staging))) missing.push(`removed/${work.workspaceId}`);
    const counts = { runs: rows.runs.length, logs, removed: rows.removed.length - missing.length, livingWorkspaces: rows.livingWorkspaces };
    const manifest: BackupManifest = { format: BACKUP_FORMAT, madeAt: madeAt.toISOString(), release: env().ANYON_RELEASE, ...database, currentKeyId, counts, missing, parts: archive.parts };
    return { file, bytes: await archive.finish(manifest), manifest };
  } catch (error) {
    await archive.discard();
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

interface NamedRows {
  runs: string[];
  removed: { workspaceId: string; kind: string }[];
  livingWorkspaces: number;
}

async function readDatabase(url: string, staging: string): Promise<DatabasePart & { rows: NamedRows }> {
  const sql = openSession(url);
  try {
    return await sql.begin('isolation level repeatable read read only', async (transaction) => ({ ...(await copyTablesOut(transaction, staging)), rows: await readRows(transaction) }));
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function readRows(transaction: TransactionSql): Promise<NamedRows> {
  const runs = await transaction<{ id: string }[]>`select id from runs order by id`;
  const removed = await transaction<NamedRows['removed']>`select workspace_id as "workspaceId", kind from removed_workspaces order by id`;
  const [living] = await transaction<{ count: number }[]>`select count(*)::int as count from workspaces`;
  return { runs: runs.map(({ id }) => id), removed: [...removed], livingWorkspaces: living?.count ?? 0 };
}

/** The logs and diffs of a run; the index of a log is made again by whoever reads it. Returns how many files there were. */
async function addRun(archive: ArchiveWriter, runId: string): Promise<number> {
  const names = (await namesIn(runLogDir(runId))).filter((name) => /^[a-z][a-z-]*\.(log|patch|json)$/.test(name));
  let added = 0;
  for (const name of names) if (await addIfThere(archive, `runs/${runId}/${name}`, path.join(runLogDir(runId), name))) added += 1;
  return added;
}

/** False when it is gone: brought back or given up meanwhile. `kept.json` comes last, so where it is in a backup, the rest is. */
async function addRemoved(archive: ArchiveWriter, { workspaceId, kind }: { workspaceId: string; kind: string }, staging: string): Promise<boolean> {
  const folder = removedDir(workspaceId);
  const bundles = (await namesIn(folder)).filter((name) => /^repository-[a-z]{1,3}\.bundle$/.test(name));
  for (const name of bundles) if (!(await addIfThere(archive, `removed/${workspaceId}/${name}`, path.join(folder, name)))) return false;
  if (kind === 'files') await addTree(archive, workspaceId, folder, staging);
  return addIfThere(archive, `removed/${workspaceId}/kept.json`, path.join(folder, 'kept.json'));
}

async function addTree(archive: ArchiveWriter, workspaceId: string, folder: string, staging: string): Promise<void> {
  // A whole tree of files of any kind and name: tar's own business, here and when it comes back.
  const packed = path.join(staging, `${workspaceId}.tar`);
  const { exitCode, stderr } = await runProgram('tar', ['--create', `--file=${packed}`, '--numeric-owner', `--directory=${folder}`, '--', 'files'], PACK_TIMEOUT_MS);
  if (exitCode !== 0) throw new AnyonError('precondition', `The kept files of the deleted workspace ${workspaceId} could not be packed (${stderr.trim().split('\n').at(-1) ?? ''}). There is no backup.`);
  await addWhole(archive, `removed/${workspaceId}/files.tar`, packed);
  await rm(packed);
}

async function addIfThere(archive: ArchiveWriter, name: string, file: string): Promise<boolean> {
  const opened = await openForBackup(file);
  if (!opened) return false;
  try {
    await archive.addFile(name, opened.handle, opened.bytes);
    return true;
  } finally {
    await opened.handle.close();
  }
}

async function addWhole(archive: ArchiveWriter, name: string, file: string): Promise<void> {
  const handle = await open(file);
  try {
    await archive.addFile(name, handle, (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).then(
    (names) => names.sort(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
}

async function assertFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw new AnyonError('invalid', `${folder} is no folder. Make it first, or name another: \`npm run backup -- <folder>\`.`);
}

/** What backups that were killed have left in this folder. */
async function sweepLeftovers(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const pid = /^\.anyon-(?:backup-(\d+)-\w+|.*\.tar\.gz\.(\d+)\.partial)$/.exec(name)?.slice(1).find(Boolean);
    if (pid && identifyProcess(Number(pid)) === null) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
