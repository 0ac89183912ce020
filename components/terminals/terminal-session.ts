import type { TRPCClient } from '@trpc/client';
import { uuidv7 } from 'uuidv7';
import type { TerminalEvent } from '@/contract/terminal';
import type { AppRouter } from '@/server/trpc/router';
import { KeyQueue, type SendResult } from '@/components/terminals/key-queue';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';

/** What the page shows around a terminal. */
export interface TerminalState {
  connection: 'connecting' | 'live' | 'reconnecting';
  ended: string | null;
  /** Characters that were typed and could not be sent yet. */
  waiting: number;
  problem: string | null;
  size: { columns: number; rows: number } | null;
}

/** What draws. `write` calls back when it was drawn. */
export interface TerminalDisplay {
  write: (bytes: Uint8Array | string, drawn: () => void) => void;
  resize: (columns: number, rows: number) => void;
}

/** While more than this is not drawn yet nothing more is asked for: a hidden page draws slowly. */
const MOST_UNDRAWN = 1024 * 1024;
/** A piece that is smaller is the last one that was there already. */
const FULL_PIECE = 32 * 1024;
const FULL_RESET = '\x1bc';
const finalKinds = new Set(['unauthenticated', 'forbidden', 'not_found', 'precondition', 'invalid']);

/** A terminal on this page: what it prints, by position, onto the display; what is typed, in order, to the server. */
export class TerminalSession {
  state: TerminalState = { connection: 'connecting', ended: null, waiting: 0, problem: null, size: null };
  /** What is drawn now was printed before: a question of a program in it has been answered long ago. */
  replaying = true;
  readonly #client: TRPCClient<AppRouter>;
  readonly #ids: { workspaceId: string; terminalId: string };
  readonly #display: TerminalDisplay;
  readonly #onState: (state: TerminalState) => void;
  readonly #keys: KeyQueue;
  readonly #tab = uuidv7();
  #position: number | null = null;
  #undrawn = 0;
  #subscription: { unsubscribe: () => void } | null = null;
  #closed = false;

  constructor(client: TRPCClient<AppRouter>, ids: { workspaceId: string; terminalId: string }, display: TerminalDisplay, onState: (state: TerminalState) => void) {
    this.#client = client;
    this.#ids = ids;
    this.#display = display;
    this.#onState = onState;
    this.#keys = new KeyQueue({
      send: (sequence, data) => this.#send(sequence, data),
      onWaiting: (waiting) => this.#set({ waiting }),
      onTooMuch: () => this.#set({ problem: 'That is too much to paste at once: 4 MB at most.' }),
    });
    this.#subscribe();
  }

  type(data: string): void {
    if (this.state.ended !== null) return;
    if (this.state.problem !== null) this.#set({ problem: null });
    this.#keys.push(data);
  }

  /** Makes the terminal as large as this page: everybody who looks sees it so. What cannot be sent is asked again with the next change. */
  claimSize(columns: number, rows: number): void {
    const { size, ended } = this.state;
    if (ended !== null || columns < 2 || (size?.columns === columns && size.rows === rows)) return;
    this.#client.terminals.resize.mutate({ ...this.#ids, columns: Math.min(columns, 1000), rows: Math.min(rows, 500) }).catch(() => undefined);
  }

  /** Draws nothing more; keys that are on their way still arrive. */
  close(): void {
    this.#closed = true;
    this.#keys.close();
    this.#subscription?.unsubscribe();
  }

  async #send(sequence: number, data: string): Promise<SendResult> {
    try {
      await this.#client.terminals.write.mutate({ ...this.#ids, tab: this.#tab, sequence, data });
      return 'taken';
    } catch (error) {
      if (!finalKinds.has(errorKind(error) ?? '')) return 'again';
      this.#set({ problem: errorSentence(error) });
      return 'refused';
    }
  }

  #subscribe(): void {
    const input = { ...this.#ids, ...(this.#position !== null && { from: this.#position }) };
    const subscription = this.#client.terminals.follow.subscribe(input, {
      onData: ({ data }) => this.#take(data),
      onConnectionStateChange: ({ state }) => {
        if (state === 'connecting' && this.state.ended === null) this.#set({ connection: this.#position === null ? 'connecting' : 'reconnecting' });
      },
      onError: (error) => this.#set({ ended: this.state.ended ?? errorSentence(error) }),
    });
    this.#subscription = subscription;
  }

  #take(event: TerminalEvent): void {
    if (this.#closed) return;
    if (event.kind === 'output') this.#draw(event);
    else if (event.kind === 'connection') this.#set({ connection: event.attached ? 'live' : this.#position === null ? 'connecting' : 'reconnecting' });
    else if (event.kind === 'size') {
      const { columns, rows } = event;
      this.#display.resize(columns, rows);
      this.#set({ size: { columns, rows } });
    } else {
      this.#set({ ended: event.reason, waiting: 0 });
      queueMicrotask(() => this.#subscription?.unsubscribe());
    }
  }

  #draw({ base64, to, reset }: Extract<TerminalEvent, { kind: 'output' }>): void {
    if (reset) {
      this.replaying = true;
      this.#display.write(FULL_RESET, () => undefined);
    }
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    this.#position = to;
    this.#undrawn += bytes.length;
    this.#display.write(bytes, () => {
      this.#undrawn -= bytes.length;
      if (bytes.length < FULL_PIECE) this.replaying = false;
      if (this.#subscription === null && this.#undrawn < MOST_UNDRAWN / 4 && !this.#closed) this.#subscribe();
    });
    if (this.#undrawn > MOST_UNDRAWN) {
      this.#subscription?.unsubscribe();
      this.#subscription = null;
    }
  }

  #set(change: Partial<TerminalState>): void {
    if (this.#closed) return;
    this.state = { ...this.state, ...change };
    this.#onState(this.state);
  }
}
