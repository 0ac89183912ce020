import path from 'node:path';
import { postgresDir } from '@/server/deployment/paths';
import { findPostmaster } from '@/server/deployment/postmaster';
import { env } from '@/server/env';
import { log } from '@/server/log';
import { ensureDatabaseUrl } from '@/server/parent/surroundings';

const LOOK_MS = 1_000;

/**
 * Starts the embedded Postgres again whenever it has died. `onNewAddress` is called when it could not have its old port
 * back. Does nothing for a database of somebody else's (DATABASE_URL). Returns the function that ends the watch.
 */
export function watchPostgres(url: string, onNewAddress: (url: string) => Promise<void>): () => void {
  if (env().DATABASE_URL) return () => {};
  let current = url;
  let ended = false;
  const look = async () => {
    try {
      if (!(await findPostmaster(path.join(postgresDir(), 'cluster')))) {
        log().warn('parent: Postgres has ended; starting it again');
        const address = await ensureDatabaseUrl();
        if (address !== current && !ended) await onNewAddress((current = address));
      }
    } catch (error) {
      log().error({ err: error }, 'parent: Postgres could not be started; trying again');
    }
    if (!ended) timer = setTimeout(() => void look(), LOOK_MS);
  };
  let timer = setTimeout(() => void look(), LOOK_MS);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
