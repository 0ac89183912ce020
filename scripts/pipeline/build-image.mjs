import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { docker } from '../setup/docker-engine.mjs';
import { lastLines } from '../setup/run-command.mjs';
import { layContext } from './images.mjs';

/**
 * Builds an image under its tags, layers of earlier builds taken as they are; with buildx and ANYON_BUILD_CACHE (such as type=gha) also those of
 * other machines. Returns its digest here and a line with its size and layers.
 */
export async function buildImage(settings, image, references, news) {
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-pipeline-'));
  try {
    const { context, dockerfile } = layContext(image, target, settings);
    const buildx = (await docker(settings, ['buildx', 'version'])).code === 0;
    const cache = process.env.ANYON_BUILD_CACHE ?? '';
    const cached = buildx && cache ? ['--cache-from', `${cache},scope=${image}`, '--cache-to', `${cache},scope=${image},mode=max`] : [];
    const tags = references.flatMap((reference) => ['--tag', reference]);
    const given = ['--build-arg', `BASE_IMAGE=${settings.baseImage}`, ...(image === 'runtime' && settings.claudeCodeVersion ? ['--build-arg', `CLAUDE_CODE_VERSION=${settings.claudeCodeVersion}`] : [])];
    const command = buildx ? ['buildx', 'build', '--load', ...cached] : ['build', '--force-rm'];
    const result = await docker(settings, [...command, ...tags, ...given, '--file', dockerfile, context], { env: { DOCKER_BUILDKIT: buildx ? '1' : '0' }, onLine: news });
    if (result.code !== 0) throw new Error(lastLines(`${result.stdout}\n${result.stderr}`, 12));
  } finally {
    fs.rmSync(target, { recursive: true, force: true });
  }
  return describeImage(settings, references[0]);
}

async function describeImage(settings, reference) {
  const inspected = await docker(settings, ['image', 'inspect', '--format', '{{.Id}} {{.Size}}', reference]);
  const [digest = '', size = '0'] = inspected.stdout.trim().split(' ');
  const history = await docker(settings, ['history', '--no-trunc', '--human=false', '--format', '{{.Size}}\t{{.CreatedBy}}', reference]);
  return { digest, words: `${megabytes(Number(size))}, ${layersInWords(history.stdout)}` };
}

/** How many layers hold something, and the largest three with what made them. */
export function layersInWords(history) {
  const layers = history.split('\n').filter(Boolean).map((line) => line.split('\t')).map(([size = '0', by = '']) => ({ size: Number(size), by: by.replace(/^\|\d+ (?:\w+=\S* )*/, '').replace(/^\/bin\/sh -c (#\(nop\) )?/, '').replace(/\s+/g, ' ').trim() }));
  const filled = layers.filter(({ size }) => size > 0).toSorted((a, b) => b.size - a.size);
  return [`${filled.length} layers`, ...filled.slice(0, 3).map(({ size, by }) => `${megabytes(size)} ${by.slice(0, 60)}`)].join('; ');
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
