import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CHOOSES = `#!/bin/sh
case " $* " in
  *" --model metronome-"*) exec /usr/local/bin/metronome "$@" ;;
esac
exec /usr/local/bin/claude-itself "$@"
`;

const RECIPE = `FROM anyon-claude:latest
USER root
COPY metronome.c /tmp/metronome.c
RUN gcc -O2 -o /usr/local/bin/metronome /tmp/metronome.c && mv /usr/local/bin/claude /usr/local/bin/claude-itself
COPY claude /usr/local/bin/claude
USER anyon
`;

/** The product's own image in which one model is a program that writes lines at a steady pace (metronome.c), and every other is the unmodified CLI. */
export async function buildMetronomeImage(): Promise<{ name: string; remove(): Promise<void> }> {
  const name = `anyon-load-metronome:${randomBytes(4).toString('hex')}`;
  const context = await mkdtemp(path.join(os.tmpdir(), 'anyon-metronome-'));
  try {
    await copyFile(path.join(import.meta.dirname, 'metronome.c'), path.join(context, 'metronome.c'));
    await writeFile(path.join(context, 'claude'), CHOOSES, { mode: 0o755 });
    await writeFile(path.join(context, 'Dockerfile'), RECIPE);
    await run('docker', ['build', '--quiet', '--force-rm', '--tag', name, context], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  } finally {
    await rm(context, { recursive: true });
  }
  return {
    name,
    remove: async () => {
      await run('docker', ['rmi', '--force', name]);
    },
  };
}
