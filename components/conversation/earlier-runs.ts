import type { TRPCClient } from '@trpc/client';
import { RunConversation } from '@/components/conversation/run-conversation';
import type { AppRouter } from '@/server/trpc/router';

/** The conversations of earlier runs that somebody has unfolded; loaded then, and kept when they are folded again. */
export class EarlierRuns {
  readonly #client: TRPCClient<AppRouter>;
  readonly #opened = new Map<string, RunConversation>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(client: TRPCClient<AppRouter>) {
    this.#client = client;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another number whenever anything has changed. */
  getVersion = (): number => this.#version;

  of(runId: string): RunConversation | null {
    return this.#opened.get(runId) ?? null;
  }

  open(runId: string): void {
    if (this.#opened.has(runId)) return;
    const conversation = new RunConversation(this.#client, runId);
    this.#opened.set(runId, conversation);
    conversation.subscribe(() => {
      this.#version++;
      for (const listener of this.#listeners) listener();
    });
    void conversation.open(false);
  }

  close(): void {
    for (const conversation of this.#opened.values()) conversation.close();
    this.#opened.clear();
  }
}
