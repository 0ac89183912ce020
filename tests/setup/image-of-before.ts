import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Says what a wrapper says that does not know the verb. */
const WRAPPER = `#!/bin/sh
echo 'usage: anyon-run start|alive <id>' >&2
exit 64
`;

/** The product's image as it was before workspaces had previews. */
export async function buildImageOfBefore(): Promise<{ name: string; remove(): Promise<void> }> {
  const name = `anyon-test-before:${randomBytes(4).toString('hex')}`;
  const context = await mkdtemp(path.join(os.tmpdir(), 'anyon-before-'));
  await writeFile(path.join(context, 'anyon-run'), WRAPPER, { mode: 0o755 });
  await writeFile(path.join(context, 'Dockerfile'), 'FROM anyon-claude:latest\nCOPY anyon-run /usr/local/bin/anyon-run\n');
  await run('docker', ['build', '--quiet', '--force-rm', '--tag', name, context], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  await rm(context, { recursive: true });
  return {
    name,
    remove: async () => {
      await run('docker', ['rmi', '--force', name]);
    },
  };
}
