import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { openProductDatabase } from '@/tests/setup/product-database';
import type { RunningProduct } from '@/tests/setup/running-product';

/** What a product takes at one moment. Every figure by its name: `web MB`, `worker descriptors`, `containers` … */
export interface SoakReading {
  minute: number;
  figures: Readonly<Record<string, number>>;
}

/** Things that a workspace or run brings along and takes with it. None may be left when there are no workspaces. */
export const objects = ['containers', 'networks', 'folders of workspaces', 'folders of secrets', 'folders of logs'] as const;

const run = promisify(execFile);

/** Reads memory and descriptors of each process, connections to the database, and what lies about. */
export async function readSoak(product: RunningProduct, minute: number): Promise<SoakReading> {
  const processes = Object.entries(product.processes()).flatMap(([name, { pid }]) => [[`${name} MB`, megabytesOf(pid)] as const, [`${name} descriptors`, entries(`/proc/${pid}/fd`).length] as const]);
  const secrets = path.join(path.dirname(product.dataDir), 'tmp/cloud-secrets');
  const counted: readonly (readonly [string, number])[] = [
    ['database connections', await databaseConnections(product)],
    ['containers', await ownObjects(product, 'ps', '--all')],
    ['networks', await ownObjects(product, 'network', 'ls')],
    ['folders of workspaces', entries(path.join(product.dataDir, 'workspaces')).length],
    ['folders of secrets', entries(secrets).filter((name) => !name.startsWith('.')).length],
    ['folders of logs', entries(path.join(product.dataDir, 'runs')).length],
  ];
  return { minute, figures: Object.fromEntries([...processes, ...counted]) };
}

async function databaseConnections(product: RunningProduct): Promise<number> {
  const { sql, close } = openProductDatabase(product.dataDir);
  try {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    return row?.count ?? 0;
  } finally {
    await close();
  }
}

async function ownObjects({ instance }: RunningProduct, ...list: string[]): Promise<number> {
  const { stdout } = await run('docker', [...list, '--quiet', '--filter', `label=anyon.instance=${instance}`]);
  return stdout.split('\n').filter(Boolean).length;
}

function megabytesOf(pid: number): number {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024 : 0;
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
