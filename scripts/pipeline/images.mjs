import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { extraCertificates, writeCertificates } from '../setup/ca-certificates.mjs';
import { inProject } from '../setup/project.mjs';
import { smokeTestApp, smokeTestRuntime } from './smoke-tests.mjs';

/** The two images that Anyon is made of: what each is called, where its recipe lies, and what proves that it works. */
export const IMAGES = {
  runtime: { name: 'anyon-claude', dockerfile: 'docker/claude-code/Dockerfile', context: 'docker/claude-code', certificates: 'docker/claude-code/ca', smokeTest: smokeTestRuntime },
  app: { name: 'anyon', dockerfile: 'docker/app/Dockerfile', context: '.', certificates: 'docker/claude-code/ca', smokeTest: smokeTestApp },
};

/**
 * Copies what git knows, and nothing else, into `target`: an image holds no file that happens to lie around. The certificates that this machine's
 * builds need lie where the Dockerfiles look for them. Returns the folder that is the image's context and its Dockerfile there.
 */
export function layContext(image, target, settings) {
  const { context, dockerfile, certificates } = IMAGES[image];
  const files = execFileSync('git', ['ls-files', '-z', '--', context], { cwd: inProject(), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\0').filter((file) => file && fs.existsSync(inProject(file)));
  for (const file of files) {
    fs.mkdirSync(path.join(target, path.dirname(file)), { recursive: true });
    fs.cpSync(inProject(file), path.join(target, file), { verbatimSymlinks: true });
  }
  writeCertificates(extraCertificates(settings.extraCaCerts), path.join(target, certificates));
  return { context: path.join(target, context), dockerfile: path.join(target, dockerfile) };
}
