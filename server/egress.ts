import { startEgress } from '@/server/egress/start-egress';
import { log } from '@/server/log';

/**
 * The egress process (dist/egress.mjs): the only way out of a workspace. A process of its own, so that a worker or web part that
 * ends or is replaced cuts nobody's connections; it holds no state but what it reads from Postgres.
 */
async function main(): Promise<void> {
  const end = await startEgress();
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  log().info('egress: ending');
  setTimeout(() => process.exit(0), 3_000).unref();
  await end();
  process.exit(0);
}

main().catch((error: unknown) => {
  log().fatal({ err: error }, 'egress: cannot start');
  process.exit(1);
});
