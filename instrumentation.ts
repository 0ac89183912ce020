import { boot } from '@/server/boot';

/** Called by Next once per server process, before it listens. */
export async function register(): Promise<void> {
  await boot();
}
