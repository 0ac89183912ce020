import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { MaskedText } from '@/contract/masked-text';
import type { Database } from '@/db/client';
import { apiTokens, removedWorkspaces, runs, sessions, tasks, users, workspaces } from '@/db/schema';
import { removedDir, runLogDir } from '@/server/deployment/paths';
import { hashOfToken, newTokenValue } from '@/server/people/api-tokens/token-value';
import { putSecret, sealText } from '@/server/secrets/vault';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { root } from '@/tests/house/house';

/** The bundles of the commands and of the parent, as `npm run build` makes them, in a folder of their own. */
export async function bundleCommands(folder: string): Promise<void> {
  await bundleServer(['server/backup-command.ts', 'server/restore-command.ts', 'server/parent.ts'], folder);
  cpSync(path.join(root, 'db/migrations'), path.join(folder, 'migrations'), { recursive: true });
}

export interface Ended {
  code: number | null;
  output: string;
}

export interface StartedCommand {
  child: ChildProcess;
  end: Promise<Ended>;
}

/** Starts a bundle with nothing in its environment but this. */
export function startCommand(bundle: string, args: readonly string[], environment: Record<string, string>): StartedCommand {
  const child = spawn(process.execPath, [bundle, ...args], { env: { NODE_ENV: 'production', PATH: process.env['PATH'] ?? '', ANYON_LOG_LEVEL: 'silent', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const end = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return { child, end };
}

export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

export interface StoredLife {
  owner: string;
  /** What its owner was shown once. */
  apiToken: string;
  secret: { secretId: string; version: number };
  value: string;
  finished: string;
  live: string;
  removed: string;
  /** Of this one no bundle could be made: the files themselves are kept. */
  removedFiles: string;
}

const masked = (text: string) => text as MaskedText;

/** Rows and files as a product leaves them: a finished and a live run with their logs, a secret, a session, an open task and the kept work of a deleted workspace. */
export async function storeLife(database: Database): Promise<StoredLife> {
  const [owner, workspaceId, finished, live, removed, removedFiles] = [uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7()] as const;
  const value = `canary-${randomBytes(16).toString('hex')}`;
  await database.insert(users).values({ id: owner, login: 'owner', role: 'admin' });
  await database.insert(sessions).values({ id: uuidv7(), userId: owner, via: 'setup_token', expiresAt: sql`now() + interval '1 day'` });
  const apiToken = newTokenValue();
  await database.insert(apiTokens).values({ id: uuidv7(), userId: owner, name: 'CI', hash: hashOfToken(apiToken), scopes: ['read'], expiresAt: sql`now() + interval '1 day'` });
  const settings = { ownerId: owner, repositoryUrl: 'https://example.com/hello.git', image: 'anyon-claude:latest', memoryBytes: 1, cpus: 1, pids: 1 };
  await database.insert(workspaces).values({ ...settings, id: workspaceId, name: 'hello\tand\nmore \\ "so"', status: 'running', steps: [], containerId: 'c1', subnet: '10.213.0.0/28', clonedAt: new Date() });
  const run = { workspaceId, startedById: owner, prompt: masked('Say hello.'), simulated: true, branch: 'anyon/run', claudeSessionId: uuidv7() };
  await database.insert(runs).values({ ...run, id: finished, number: 1, status: 'succeeded', outBytes: 12 });
  await database.insert(runs).values({ ...run, id: live, number: 2, status: 'running', outBytes: 0, sealedPrompt: sealText('as it was entered', 'prompt', live) });
  await database.insert(tasks).values({ id: uuidv7(), workspaceId, workspaceName: 'hello', ownerId: owner, kind: 'stop', cause: 'person', fence: 1, priority: 1, maxAttempts: 1, status: 'queued' });
  const secret = await putSecret(database, { ownerId: owner, kind: 'custom', name: 'TOKEN' }, value);
  for (const [id, text] of [[finished, 'hello world\n'], [live, 'so far so good\n']] as const) writeInto(runLogDir(id), { 'out.log': text, 'err.log': '', 'out.idx': 'made again' });
  const kept = { ownerId: owner, name: 'gone', repositoryUrl: settings.repositoryUrl, settings: {}, bytes: 6, keptUntil: sql`now() + interval '2 days'` };
  await database.insert(removedWorkspaces).values([{ ...kept, id: uuidv7(), workspaceId: removed, kind: 'bundle' }, { ...kept, id: uuidv7(), workspaceId: removedFiles, kind: 'files' }]);
  writeInto(removedDir(removed), { 'kept.json': '{}', 'repository-a.bundle': 'bundle' });
  writeInto(removedDir(removedFiles), { 'kept.json': '{}' });
  const tree = path.join(removedDir(removedFiles), 'files/repo');
  writeInto(tree, { '--help': 'no option', 'a\nb': 'of two lines' });
  chmodSync(path.join(tree, '--help'), 0o755);
  symlinkSync('/etc/passwd', path.join(tree, 'link'));
  return { owner, secret, value, apiToken, finished, live, removed, removedFiles };
}

function writeInto(folder: string, files: Record<string, string>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text, { mode: 0o600 });
}

