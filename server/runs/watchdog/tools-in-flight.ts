import { z } from 'zod';
import { OVERSIZED_EVENT } from '@/contract/run-event';
import { jsonOf } from '@/server/runs/stored-payload';

/** A line of the stream, as far as the watchdog looks at it. */
export interface StreamLine {
  kind: string;
  subtype: string | null;
  payload: string | null;
}

const blockSchema = z.object({ type: z.string(), id: z.string().optional(), name: z.string().optional(), tool_use_id: z.string().optional() });
const messageSchema = z.object({
  parent_tool_use_id: z.string().nullish(),
  message: z.object({ id: z.string().optional(), content: z.union([z.string(), z.array(z.unknown())]) }),
});

interface Call {
  name: string;
  parent: string | null;
  messageId: string | null;
}

/** Tools whose work is a sub-agent's: it shows in lines of its own. */
const AGENTS: ReadonlySet<string> = new Set(['Task', 'Agent']);

/** Which tools have been called and have not answered, from the lines of an attempt in their order. */
export class ToolsInFlight {
  readonly #calls = new Map<string, Call>();
  /** Calls whose sub-agent has been heard of. */
  readonly #parents = new Set<string>();

  take({ kind, subtype, payload }: StreamLine): void {
    // A line too long to be looked into may have been the answer: nothing is waited for on its account for ever.
    if (kind === OVERSIZED_EVENT || kind === 'result' || (kind === 'system' && subtype === 'init')) return this.#calls.clear();
    if (kind !== 'assistant' && kind !== 'user') return;
    const line = messageSchema.safeParse(jsonOf(payload)).data;
    if (!line) return;
    const parent = line.parent_tool_use_id ?? null;
    if (parent !== null) this.#parents.add(parent);
    const { id, content } = line.message;
    if (kind === 'assistant') this.#endEarlier(parent, id ?? null);
    for (const given of typeof content === 'string' ? [] : content) {
      const block = blockSchema.safeParse(given).data;
      if (kind === 'user' && block?.type === 'tool_result' && block.tool_use_id) this.#calls.delete(block.tool_use_id);
      if (kind === 'assistant' && block?.type === 'tool_use' && block.id) this.#calls.set(block.id, { name: block.name ?? 'a tool', parent, messageId: id ?? null });
    }
  }

  /** The name of one that explains why nothing is said. A sub-agent that was heard of explains it only while a tool of its own is at work. */
  name(): string | null {
    for (const [id, { name }] of this.#calls) if (!AGENTS.has(name) || !this.#parents.has(id)) return name;
    return null;
  }

  /** Claude speaks again only when every tool of its message before has answered, whether the answer was seen or not. */
  #endEarlier(parent: string | null, messageId: string | null): void {
    for (const [id, call] of this.#calls) if (call.parent === parent && call.messageId !== messageId) this.#calls.delete(id);
  }
}
