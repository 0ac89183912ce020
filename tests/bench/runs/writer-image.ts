import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchRun } from '@/tests/bench/row';

const run = promisify(execFile);

/** The product's own image with the small program `claude` of this folder in the place of the CLI; gone when the row is over. */
export async function buildWriterImage({ directory, afterwards }: BenchRun): Promise<string> {
  const name = `anyon-bench-writer:${randomBytes(4).toString('hex')}`;
  const context = path.join(directory, 'writer-image');
  await mkdir(context);
  await copyFile(path.join(import.meta.dirname, 'claude'), path.join(context, 'claude'));
  await writeFile(path.join(context, 'Dockerfile'), 'FROM anyon-claude:latest\nUSER root\nRUN rm /usr/local/bin/claude\nCOPY claude /usr/local/bin/claude\nUSER anyon\n');
  await run('docker', ['build', '--quiet', '--force-rm', '--tag', name, context], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  afterwards(async () => void (await run('docker', ['rmi', '--force', name])));
  return name;
}
