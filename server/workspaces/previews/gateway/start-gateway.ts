import { env } from '@/server/env';
import { log } from '@/server/log';
import { PreviewGateway } from '@/server/workspaces/previews/gateway/gateway';

const TRY_AGAIN_MS = 3_000;

/**
 * Starts the gateway at ANYON_PREVIEW_PORT. While another program has that port it tries again and again: that is no reason to be without the
 * rest of Anyon, and the system page says it. Resolves when it listens, or with the first failure noted. Returns the function that ends it.
 */
export async function startGateway(): Promise<() => void> {
  const { ANYON_HOST: host, previewPort: port, previewUrl } = env();
  const gateway = new PreviewGateway();
  let timer: NodeJS.Timeout | undefined;
  let told = false;
  await new Promise<void>((resolve) => {
    const listen = () => gateway.server.listen(port, host);
    gateway.server.on('listening', () => {
      log().info({ host, port, previewUrl }, 'preview: listening');
      resolve();
    });
    gateway.server.on('error', (error: NodeJS.ErrnoException) => {
      if (!told) log().error({ err: error, host, port }, `preview: cannot listen on port ${port}: ${error.code === 'EADDRINUSE' ? 'another program has it. End that, or set ANYON_PREVIEW_PORT to a free port' : 'see the error'}`);
      told = true;
      timer = setTimeout(listen, TRY_AGAIN_MS);
      resolve();
    });
    listen();
  });
  return () => {
    clearTimeout(timer);
    gateway.close();
  };
}
