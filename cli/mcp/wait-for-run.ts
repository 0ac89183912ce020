import { setTimeout as delay } from 'node:timers/promises';
import type { ServerContext } from '@modelcontextprotocol/server';
import type { AnyonApi, Run } from '@/cli/api/anyon-api';
import { askPatiently } from '@/cli/wait/ask-patiently';
import { isFinal } from '@/contract/run';

const LOOK_EVERY_MS = 1_000;

/** The run when it has ended or waits for a person, or as it is after so many seconds. A client that asked for progress hears that it is still waited for. */
export async function waitForRun(api: AnyonApi, run: Run, { timeoutSeconds, context }: { timeoutSeconds: number; context: ServerContext }): Promise<Run> {
  const { signal, _meta: meta } = context.mcpReq;
  const progressToken = meta?.progressToken;
  const began = Date.now();
  let now = run;
  for (;;) {
    const seconds = (Date.now() - began) / 1000;
    if (isFinal(now.status) || now.status === 'needs_you' || now.status === 'parked' || seconds >= timeoutSeconds) return now;
    if (progressToken !== undefined) {
      const message = `${now.status}${now.lastSaid ? `: ${now.lastSaid}` : ''}`;
      await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: Math.round(seconds * 10) / 10, total: timeoutSeconds, message } });
    }
    await delay(Math.min(LOOK_EVERY_MS, timeoutSeconds * 1000 - seconds * 1000), undefined, { signal });
    now = await askPatiently(() => api.run(run.id, signal), { signal, patienceMs: Math.max(0, timeoutSeconds * 1000 - (Date.now() - began)) });
  }
}
