import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBaseImage } from './base-image.mjs';
import { extraCertificates, writeCertificates } from './ca-certificates.mjs';
import { docker } from './docker-engine.mjs';
import { SetupFailure } from './failure.mjs';
import { filesBelow, hashFiles } from './file-hash.mjs';
import { inProject } from './project.mjs';
import { lastLines } from './run-command.mjs';

/** Passed on to `docker build` where set; Docker knows these names as build arguments that leave no trace in the image. */
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

/**
 * Makes sure that the runtime image is there and as docker/claude-code says; builds it (and its base) where it is not.
 * Returns a line about it.
 */
export async function ensureRuntimeImage(settings, news) {
  if (settings.image !== 'anyon-claude:latest' && (await imageId(settings, settings.image))) return `Runtime image ${settings.image}: as given`;
  const base = await ensureBaseImage(settings, news);
  const baseId = await imageId(settings, settings.baseImage);
  const certificates = extraCertificates(settings.extraCaCerts);
  const recipe = recipeHash(settings, baseId, certificates);
  if ((await recipeOf(settings, settings.image)) === recipe) return `Runtime image ${settings.image}: up to date`;
  const context = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-image-'));
  try {
    fs.cpSync(inProject('docker/claude-code'), context, { recursive: true });
    writeCertificates(certificates, path.join(context, 'ca'));
    await build(settings, context, recipe, news);
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
  const from = { present: '', pulled: `, base image ${settings.baseImage} pulled`, made: `, base image ${settings.baseImage} made from Debian packages` }[base];
  return `Runtime image ${settings.image}: built (Debian, git, build tools, Claude Code${from})`;
}

async function build(settings, context, recipe, news) {
  const buildx = (await docker(settings, ['buildx', 'version'])).code === 0;
  const proxies = PROXY_VARIABLES.filter((name) => process.env[name]).flatMap((name) => ['--build-arg', name]);
  const args = ['build', '--rm', '--force-rm', '--tag', settings.image, '--label', `anyon.recipe=${recipe}`, ...buildArguments(settings), ...proxies, context];
  const result = await docker(settings, args, { env: { DOCKER_BUILDKIT: buildx ? '1' : '0' }, onLine: news });
  if (result.code === 0) return;
  throw new SetupFailure(
    `The runtime image ${settings.image} could not be built.`,
    'Read the lines above. When a certificate is not trusted there, name your company\'s CA with ANYON_EXTRA_CA_CERTS=/path/to/ca.crt. Then start again.',
    lastLines(`${result.stdout}\n${result.stderr}`, 12),
  );
}

function buildArguments(settings) {
  const version = settings.claudeCodeVersion ? ['--build-arg', `CLAUDE_CODE_VERSION=${settings.claudeCodeVersion}`] : [];
  return ['--build-arg', `BASE_IMAGE=${settings.baseImage}`, '--build-arg', `ANYON_UID=${settings.containerUid}`, ...version];
}

function recipeHash(settings, baseId, certificates) {
  const hash = createHash('sha256').update(JSON.stringify([baseId, buildArguments(settings)]));
  hash.update(hashFiles(filesBelow(inProject('docker/claude-code')), inProject('docker/claude-code')));
  for (const { name, content } of certificates) hash.update(name).update(content);
  return hash.digest('hex').slice(0, 16);
}

async function recipeOf(settings, image) {
  const result = await docker(settings, ['image', 'inspect', '--format', '{{index .Config.Labels "anyon.recipe"}}', image]);
  return result.code === 0 ? result.stdout.trim() : null;
}

async function imageId(settings, image) {
  const result = await docker(settings, ['image', 'inspect', '--format', '{{.Id}}', image]);
  return result.code === 0 ? result.stdout.trim() : null;
}
