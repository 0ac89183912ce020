import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the CLI has done to others and cannot be made to do: it starts and says nothing, or does all its work and does not end. By the model that is asked for. */
const STAND_IN = `#!/bin/sh
case " $* " in
  *" --model mute "*) exec sleep 600 ;;
  *" --model lingering "*) /usr/local/bin/claude-itself "$@"; exec sleep 600 ;;
esac
exec /usr/local/bin/claude-itself "$@"
`;

/** The product's own image with the unmodified CLI, behind a script that hangs where the CLI does not. */
export async function buildImageThatHangs(): Promise<{ name: string; remove(): Promise<void> }> {
  const name = `anyon-test-hanging:${randomBytes(4).toString('hex')}`;
  const context = await mkdtemp(path.join(os.tmpdir(), 'anyon-hanging-'));
  await writeFile(path.join(context, 'claude'), STAND_IN, { mode: 0o755 });
  await writeFile(path.join(context, 'Dockerfile'), 'FROM anyon-claude:latest\nUSER root\nRUN mv /usr/local/bin/claude /usr/local/bin/claude-itself\nCOPY claude /usr/local/bin/claude\nUSER anyon\n');
  await run('docker', ['build', '--quiet', '--force-rm', '--tag', name, context], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  await rm(context, { recursive: true });
  return {
    name,
    remove: async () => {
      await run('docker', ['rmi', '--force', name]);
    },
  };
}
