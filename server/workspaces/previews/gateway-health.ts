import http from 'node:http';
import { env } from '@/server/env';
import { processState } from '@/server/process-state';

const BELIEVED_MS = 5_000;
const PATIENCE_MS = 1_500;

/** The header by which the gateway says that an answer is its own, with the name of the install. */
export const GATEWAY_HEADER = 'x-anyon-preview';

/** Why the gateway cannot be used, in words; null when it answers. Believed for five seconds. Nobody is sent to a port that another program has. */
export async function gatewayProblem(): Promise<string | null> {
  const known = processState('preview-gateway', () => ({ problem: null as string | null, until: 0 }));
  if (performance.now() < known.until) return known.problem;
  known.problem = await ask();
  known.until = performance.now() + (known.problem === null ? BELIEVED_MS : 1_000);
  return known.problem;
}

function ask(): Promise<string | null> {
  const { previewPort, ANYON_HOST, ANYON_INSTANCE } = env();
  const host = ['0.0.0.0', '::'].includes(ANYON_HOST) ? '127.0.0.1' : ANYON_HOST;
  return new Promise((resolve) => {
    const request = http.get({ host, port: previewPort, path: '/', timeout: PATIENCE_MS, agent: false }, (answer) => {
      answer.resume();
      const ours = answer.headers[GATEWAY_HEADER] === ANYON_INSTANCE;
      resolve(ours ? null : `Another program answers on port ${previewPort}, which is for previews. End it, or set ANYON_PREVIEW_PORT to a free port and start Anyon again.`);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve('The part of Anyon that shows previews does not answer. It starts again by itself; if this stays, look for "preview" in the server log.'));
  });
}
