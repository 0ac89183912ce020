import type { LiveRun } from '@/server/runs/live-run';
import { tellClaude } from '@/server/runs/tell-claude';

const GO_ON = 'Nothing came from you for a long time, so you were interrupted. Look at what is done already, then go on where you stopped.';

/**
 * Brings a turn back that waits for something that does not come. The message first: it is queued while Claude is busy and outlives the
 * interrupt in every version that is in use; the interrupt's result closes the CLI's input, so that it could not be told afterwards.
 */
export async function nudge(live: LiveRun): Promise<void> {
  const heard = await tellClaude(live, { type: 'user', message: { role: 'user', content: [{ type: 'text', text: GO_ON }] } });
  if (heard) await tellClaude(live, { type: 'control_request', request_id: 'anyon-nudge', request: { subtype: 'interrupt' } });
}
