import type { SystemCheck } from '@/contract/system-status';
import { containerEngine } from '@/server/containers/container-engine';
import { env } from '@/server/env';
import { inOrder } from '@/server/system/check';
import { judgeEngine } from '@/server/system/judge-engine';

export async function checkEngine(signal: AbortSignal): Promise<SystemCheck[]> {
  const engine = containerEngine();
  const [version, info] = await Promise.all([engine.version(signal), engine.info(signal)]);
  return judgeEngine(version, info, { runtime: env().ANYON_CONTAINER_RUNTIME ?? null, now: Date.now() });
}

export async function checkImage(signal: AbortSignal): Promise<SystemCheck[]> {
  const image = env().ANYON_CLOUD_IMAGE;
  await containerEngine().ensureImage(image, { pull: 'never', signal });
  return [inOrder('Runtime image', image)];
}
