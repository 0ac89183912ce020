import type { SystemCheck } from '@/contract/system-status';
import { env } from '@/server/env';
import { failed, inOrder } from '@/server/system/check';

export async function checkContainerUser(): Promise<SystemCheck[]> {
  return [judgeContainerUser(process.getuid?.() ?? 0, env().ANYON_DOCKER_USER)];
}

/** Only root can give files to somebody else. */
export function judgeContainerUser(uid: number, containerUid: number): SystemCheck {
  const name = 'User of the workspaces';
  if (uid === 0 || uid === containerUid) return inOrder(name, uid === 0 ? `Anyon runs as root; files of workspaces belong to user ${containerUid}.` : `Anyon and what runs in workspaces are user ${uid}.`);
  return failed(name, `Anyon runs as user ${uid}, and files of workspaces are to belong to user ${containerUid} (ANYON_DOCKER_USER): only root can give them away.`, `Take ANYON_DOCKER_USER out or set it to ${uid}, and build the runtime image for that user (\`npm run images\`); or run Anyon as user ${containerUid}, or as root.`);
}
