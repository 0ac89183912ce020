import type { TRPCClient } from '@trpc/client';
import type { ConversationNews } from '@/contract/conversation';
import type { ConversationState } from '@/components/conversation/conversation-items';
import { HeldConversation } from '@/components/conversation/held-conversation';
import { withoutStored, withPieces, type TypedBlock } from '@/components/conversation/typed-blocks';
import { errorSentence } from '@/components/trpc/error-kind';
import type { AppRouter } from '@/server/trpc/router';

const FIRST_PAGE = 300;
const NEXT_PAGE = 1000;

export type ConversationConnection = 'opening' | 'live' | 'lost' | 'ended' | 'refused';

export interface ConversationSnapshot {
  conversation: ConversationState;
  typing: readonly TypedBlock[];
  connection: ConversationConnection;
  /** Where the loaded part begins in the log; 0 when all of it is there. */
  loadedFrom: number;
  loadingEarlier: boolean;
  /** The last failure in words; null when all is well. */
  problem: string | null;
}

/**
 * The conversation of one run in this tab, outside React: its last page at once, those before it when they are asked for, and what comes after
 * it live. Listeners are told at most once per screen refresh.
 */
export class RunConversation {
  readonly runId: string;
  readonly #client: TRPCClient<AppRouter>;
  readonly #held = new HeldConversation();
  readonly #listeners = new Set<() => void>();
  #snapshot: ConversationSnapshot;
  #stop: () => void = () => undefined;
  #closed = false;
  #scheduled = false;

  constructor(client: TRPCClient<AppRouter>, runId: string) {
    this.#client = client;
    this.runId = runId;
    this.#snapshot = { conversation: this.#held.state(), typing: [], connection: 'opening', loadedFrom: 0, loadingEarlier: false, problem: null };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): ConversationSnapshot => this.#snapshot;

  /** Loads the end, and follows what comes while `live`. After a failure it may be called again. */
  async open(live: boolean): Promise<void> {
    this.#stop();
    this.#change({ connection: 'opening', problem: null });
    try {
      const page = await this.#client.conversations.events.query({ runId: this.runId, limit: FIRST_PAGE });
      if (this.#closed) return;
      this.#held.add(page.events);
      this.#change({ conversation: this.#held.state(), loadedFrom: page.from, connection: live ? 'live' : 'ended' });
      if (live) this.#follow(page.to);
    } catch (error) {
      if (!this.#closed) this.#change({ connection: 'refused', problem: errorSentence(error) });
    }
  }

  /** Loads the page in front of what is there, or all pages from byte `until` on. */
  loadEarlier = async (until?: number): Promise<void> => {
    if (this.#snapshot.loadingEarlier) return;
    this.#change({ loadingEarlier: true, problem: null });
    try {
      for (let more = this.#snapshot.loadedFrom > 0; more && !this.#closed; more = until !== undefined && this.#snapshot.loadedFrom > until) {
        const page = await this.#client.conversations.events.query({ runId: this.runId, before: this.#snapshot.loadedFrom, limit: NEXT_PAGE });
        this.#held.add(page.events);
        this.#change({ conversation: this.#held.state(), loadedFrom: page.from });
      }
    } catch (error) {
      this.#change({ problem: errorSentence(error) });
    } finally {
      this.#change({ loadingEarlier: false });
    }
  };

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #follow(from: number): void {
    const subscription = this.#client.conversations.follow.subscribe(
      { runId: this.runId, from },
      {
        onData: ({ data }) => this.#receive(data),
        onConnectionStateChange: ({ state, error }) => {
          if (this.#snapshot.connection === 'ended' || state === 'idle') return;
          if (state === 'pending') this.#change({ connection: 'live' });
          else if (error) this.#change({ connection: 'lost' });
        },
        onError: (error) => this.#change({ connection: 'refused', problem: errorSentence(error) }),
      },
    );
    this.#stop = () => subscription.unsubscribe();
  }

  #receive(news: ConversationNews): void {
    if (news.kind === 'end') {
      this.#change({ connection: 'ended', typing: [], conversation: this.#held.state() });
      queueMicrotask(() => this.#stop());
      return;
    }
    if (news.kind === 'page') this.#held.add(news.page.events);
    const typing = news.kind === 'typing' ? withPieces(this.#snapshot.typing, news.pieces) : this.#snapshot.typing;
    this.#snapshot = { ...this.#snapshot, typing: withoutStored(typing, this.#held.lastAnswer) };
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = () => {
      this.#scheduled = false;
      if (!this.#closed) this.#change({ conversation: this.#held.state() });
    };
    if (document.visibilityState === 'hidden') setTimeout(flush, 500);
    else requestAnimationFrame(flush);
  }

  #change(change: Partial<ConversationSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
