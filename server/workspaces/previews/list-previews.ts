import type { ListeningPort, PreviewsView } from '@/contract/preview';
import { containerEngine } from '@/server/containers/container-engine';
import { isOlderImage, olderImage } from '@/server/containers/older-image';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { runningContainer } from '@/server/workspaces/checkpoints/take-checkpoints';
import { parseListening } from '@/server/workspaces/previews/listening-ports';
import { gatewayProblem } from '@/server/workspaces/previews/gateway-health';

const NO_ADDRESS = 'Previews need a domain of their own here: set ANYON_PREVIEW_URL (the README says how), then start Anyon again.';

/** What listens in a workspace, and where it can be seen. Throws `precondition` when it does not run or its image has no previews. */
export async function listPreviews({ workspace }: WorkspaceAccess): Promise<PreviewsView> {
  const containerId = runningContainer(workspace, 'look at its web servers');
  const [ports, problem] = await Promise.all([listening(containerId), previewProblem()]);
  return { ports, base: env().previewUrl, problem };
}

/** Why no preview can be opened, whatever listens; null when they can. */
export async function previewProblem(): Promise<string | null> {
  return env().previewUrl === null ? NO_ADDRESS : gatewayProblem();
}

async function listening(containerId: string): Promise<ListeningPort[]> {
  const { exitCode, stdout } = await containerEngine().exec(containerId, { argv: ['anyon-run', 'ports'], timeoutMs: 10_000, maxOutputBytes: 32 * 1024 });
  if (exitCode !== 0) throw isOlderImage(exitCode) ? olderImage('A preview') : new AnyonError('unavailable', 'The workspace did not say what listens in it. Try again in a moment.');
  return parseListening(stdout);
}
