import { raiseAlertOnce, resolveAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { readLeastSpace } from '@/server/deployment/free-space';
import { env } from '@/server/env';

const KEY = 'disk_nearly_full';

/** How much is free for an ordinary user, in bytes. */
async function readFree(): Promise<number> {
  return (await readLeastSpace()).available;
}

/**
 * Tells the admins before workspaces are refused for want of space: below twice the reserve. Settled above three times the reserve,
 * so that it does not come and go with every file.
 */
export async function watchDiskSpace(free: () => Promise<number> = readFree): Promise<void> {
  const reserve = env().ANYON_MIN_FREE_BYTES;
  const bytes = await free();
  if (bytes >= 3 * reserve) return resolveAlert(database(), KEY);
  if (bytes >= 2 * reserve) return;
  await raiseAlertOnce(database(), {
    kind: 'disk_nearly_full',
    severity: 'error',
    key: KEY,
    userId: null,
    title: 'The disk is nearly full',
    body: `${bytesInWords(bytes)} are free where Anyon keeps its files. Below ${bytesInWords(reserve, 'up')} no workspace is made or started, and live runs may lose what they write. Delete workspaces that nobody needs, or make the disk larger.`,
    link: '/system',
  });
}
