import { log } from '@/server/log';
import { startGateway } from '@/server/workspaces/previews/gateway/start-gateway';

/**
 * The preview process (dist/preview.mjs): shows web servers of workspaces, each on an origin of its own. A process of its own, so that a flood
 * of requests to a preview hurts nobody else; it knows the database and the engine, and no secret.
 */
async function main(): Promise<void> {
  const end = await startGateway();
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  log().info('preview: ending');
  end();
  process.exit(0);
}

main().catch((error: unknown) => {
  log().fatal({ err: error }, 'preview: cannot start');
  process.exit(1);
});
