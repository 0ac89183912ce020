import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The product's own image, which also trusts this certificate, as one that an operator builds with a company's in `ca/` does. The CLI in it is unmodified. */
export async function buildImageThatTrusts(certificate: string): Promise<{ name: string; remove(): Promise<void> }> {
  const name = `anyon-test-trusting:${randomBytes(4).toString('hex')}`;
  const context = await mkdtemp(path.join(os.tmpdir(), 'anyon-trusting-'));
  await writeFile(path.join(context, 'stand-in.crt'), certificate);
  await writeFile(path.join(context, 'Dockerfile'), 'FROM anyon-claude:latest\nUSER root\nCOPY stand-in.crt /usr/local/share/ca-certificates/stand-in.crt\nRUN update-ca-certificates\nUSER anyon\n');
  await run('docker', ['build', '--quiet', '--force-rm', '--tag', name, context], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  await rm(context, { recursive: true });
  return {
    name,
    remove: async () => {
      await run('docker', ['rmi', '--force', name]);
    },
  };
}
