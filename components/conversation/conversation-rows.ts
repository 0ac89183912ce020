import type { ConversationRun } from '@/contract/conversation';
import type { Item, Turn } from '@/components/conversation/conversation-items';
import type { ConversationSnapshot } from '@/components/conversation/run-conversation';
import type { TypedBlock } from '@/components/conversation/typed-blocks';

/** A row of the list, in the order in which things were said. `runId` is that of the run that it belongs to. */
export type ConversationRow =
  | { kind: 'run'; key: string; run: ConversationRun; unfolded: boolean }
  | { kind: 'prompt'; key: string; runId: string }
  | { kind: 'earlier'; key: string; runId: string; snapshot: ConversationSnapshot }
  | { kind: 'item'; key: string; runId: string; item: Item }
  | { kind: 'figures'; key: string; runId: string; turn: Turn }
  | { kind: 'typing'; key: string; block: TypedBlock }
  | { kind: 'standing'; key: string }
  | { kind: 'end'; key: string };

type RunRow = Extract<ConversationRow, { kind: 'item' | 'figures' }>;

const rowsOfTurn = new WeakMap<Turn, RunRow[]>();

/** The rows of one run, between its prompt and its end. Turns that have not changed give the same rows again. */
export function rowsOfRun(runId: string, snapshot: ConversationSnapshot): ConversationRow[] {
  const rows: ConversationRow[] = [{ kind: 'prompt', key: `${runId} prompt`, runId }];
  if (snapshot.loadedFrom > 0 || snapshot.connection === 'opening' || snapshot.problem !== null) rows.push({ kind: 'earlier', key: `${runId} earlier`, runId, snapshot });
  for (const turn of snapshot.conversation.turns) {
    let made = rowsOfTurn.get(turn);
    if (!made) {
      made = rowsOf(runId, turn);
      rowsOfTurn.set(turn, made);
    }
    for (const row of made) rows.push(row);
  }
  for (const block of snapshot.typing) rows.push({ kind: 'typing', key: `${runId} typing ${block.block}`, block });
  return rows;
}

function rowsOf(runId: string, turn: Turn): RunRow[] {
  const rows: RunRow[] = turn.items.map((item) => ({ kind: 'item', key: `${runId} ${item.key}`, runId, item }));
  if (turn.contextTokens !== null && rows.length > 0) rows.push({ kind: 'figures', key: `${runId} ${turn.key}`, runId, turn });
  return rows;
}

/** Where in its run's log the row with this key stands; null for rows that stand in no log. */
export function offsetInKey(key: string): { runId: string; offset: number } | null {
  const match = /^([0-9a-f-]{36}) (?:turn )?(\d+)(?:\.\d+)?$/.exec(key);
  return match?.[1] && match[2] ? { runId: match[1], offset: Number(match[2]) } : null;
}
