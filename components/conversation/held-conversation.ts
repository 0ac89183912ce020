import type { ConversationEvent } from '@/contract/conversation';
import { ConversationBuilder } from '@/components/conversation/conversation-builder';
import type { ConversationState } from '@/components/conversation/conversation-items';
import { takeEvent } from '@/components/conversation/take-event';

/**
 * The events of a run that are loaded, and the conversation that they make. Whatever the order in which they come, and however often: the
 * conversation is that of all of them in the order of the log.
 */
export class HeldConversation {
  #events: ConversationEvent[] = [];
  readonly #offsets = new Set<number>();
  #builder = new ConversationBuilder();

  /** Adds events that follow each other; true if any was new. What comes at the end is cheap, anything else is built anew. */
  add(events: readonly ConversationEvent[]): boolean {
    const fresh = events.filter((event) => !this.#offsets.has(event.offset) && this.#offsets.add(event.offset));
    if (fresh.length === 0) return false;
    fresh.sort((one, other) => one.offset - other.offset);
    const end = this.#events.at(-1)?.offset ?? -1;
    const appends = (fresh[0]?.offset ?? 0) > end;
    if (appends) {
      for (const event of fresh) {
        this.#events.push(event);
        takeEvent(this.#builder, event);
      }
    } else {
      this.#events = [...this.#events, ...fresh].toSorted((one, other) => one.offset - other.offset);
      this.#builder = new ConversationBuilder();
      for (const event of this.#events) takeEvent(this.#builder, event);
    }
    return true;
  }

  /** Where the last line begins that holds something whole of an answer; -1 when there is none. */
  get lastAnswer(): number {
    return this.#events.findLast(({ kind }) => kind === 'assistant' || kind === 'result')?.offset ?? -1;
  }

  get count(): number {
    return this.#events.length;
  }

  state(): ConversationState {
    return this.#builder.state();
  }
}
