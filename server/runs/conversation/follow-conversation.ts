import { setTimeout as delay } from 'node:timers/promises';
import type { ConversationNews } from '@/contract/conversation';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { joinConversation } from '@/server/runs/conversation/conversation-source';
import type { TypedSoFar } from '@/server/runs/conversation/typing-blocks';

/** What is written is gathered for so long: nobody reads faster. */
const GATHER_MS = 30;

/**
 * What the CLI says in a run from byte `from` of its log on: every event once, in order, then `end` when the run is final; between them, what Claude is
 * writing. The id of a piece is where the next event begins. Pulled by its reader: one that stalls holds one page.
 */
export async function* followConversation(access: RunAccess, from: number, signal: AbortSignal): AsyncGenerator<{ id: string; news: ConversationNews }> {
  const { source, leave } = joinConversation(access.run.id);
  const sent: TypedSoFar = new Map();
  let position = from;
  try {
    await source.opened();
    while (!signal.aborted) {
      const { version, final } = source;
      const page = await source.pageFrom(position);
      if (page) {
        position = page.to;
        if (page.events.length > 0) yield { id: String(position), news: { kind: 'page', page } };
        continue;
      }
      if (final) {
        yield { id: String(position), news: { kind: 'end', to: position } };
        return;
      }
      const pieces = await source.typingFor(sent);
      if (pieces.length > 0) yield { id: String(position), news: { kind: 'typing', pieces } };
      await source.changeAfter(version, signal);
      await delay(GATHER_MS, undefined, { signal, ref: false }).catch(() => undefined); // the loop sees the abort
    }
  } finally {
    leave();
  }
}

/** Where to begin. A place that was reached (`lastEventId`) wins over the one that was asked for first; throws `invalid` when it is none. */
export function beginningOf({ from, lastEventId }: { from: number; lastEventId?: string | null | undefined }): number {
  if (lastEventId === null || lastEventId === undefined) return from;
  if (!/^\d{1,15}$/.test(lastEventId)) throw new AnyonError('invalid', 'This is not a place in a conversation. Reload the page.');
  return Number(lastEventId);
}
