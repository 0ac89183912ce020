import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GeneratorImage {
  name: string;
  remove(): Promise<void>;
}

/** Builds the image of tests/faults/generator on top of the runtime image: a hostile writer stands in the CLI's place. A few seconds. */
export async function buildGeneratorImage(): Promise<GeneratorImage> {
  const name = `anyon-test-generator:${randomBytes(4).toString('hex')}`;
  const context = path.resolve('tests/faults/generator');
  await run('docker', ['build', '--quiet', '--force-rm', '--tag', name, context], { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
  return {
    name,
    remove: async () => {
      await run('docker', ['rmi', '--force', name]);
    },
  };
}
