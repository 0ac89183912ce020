import type { SystemCheck } from '@/contract/system-status';
import { env } from '@/server/env';
import { failed, inOrder, warning } from '@/server/system/check';
import { previewProblem } from '@/server/workspaces/previews/list-previews';

export const PREVIEW_FIX = 'Look for "preview" in the server log; the parent process starts it again by itself. Another port is set with ANYON_PREVIEW_PORT.';

/** Whether web servers of workspaces can be seen. */
export async function checkPreviews(): Promise<SystemCheck[]> {
  const { previewUrl } = env();
  const problem = await previewProblem();
  if (previewUrl === null) return [warning('Previews', problem ?? 'They have no address.', 'Set ANYON_PREVIEW_URL to a domain of its own whose names all lead here, such as https://preview.example.com.')];
  return [problem === null ? inOrder('Previews', `Web servers of workspaces are shown below ${previewUrl}`) : failed('Previews', problem, PREVIEW_FIX)];
}
