import { boot } from '@/server/boot';

/** Called by Next once per server process, before it listens. */
export function register(): void {
  boot();
}
