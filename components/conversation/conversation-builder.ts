import type { ConversationState, Item, Moment, TokenSum, ToolItem, Turn } from '@/components/conversation/conversation-items';
import type { Fields } from '@/components/conversation/event-fields';

/** What every take-… function is given of the line that it takes. */
export interface TakenLine {
  fields: Fields;
  kind: string;
  subtype: string | null;
  offset: number;
  moment: Moment;
  /** The line, for what is shown as it came. */
  text: string;
}

/** What a message says it has used, as far as it says. */
export interface MessageUsage extends TokenSum {
  messageId: string;
}

/** Where a tool call stands: in a turn, or among the steps of another call. */
type Home = { turn: number; index: number } | { parent: string; index: number };

/**
 * The conversation as it grows, line by line in the order of the log. What has not changed stays the same object, so that only what has
 * changed is drawn again.
 */
export class ConversationBuilder {
  model: string | null = null;
  contextWindow: number | null = null;
  waiting = false;
  /** What the CLI said last that the session had cost; null before it said so. */
  sessionCost: number | null = null;
  /** How the session was last said to be set up. */
  session = '';
  readonly #turns: Turn[] = [];
  readonly #tools = new Map<string, Home>();
  readonly #toolOfTask = new Map<string, string>();
  readonly #usage = new Map<string, TokenSum>();
  readonly #lists: string[] = [];

  state(): ConversationState {
    const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    for (const usage of this.#usage.values()) {
      tokens.input += usage.input;
      tokens.output += usage.output;
      tokens.cacheRead += usage.cacheRead;
      tokens.cacheWrite += usage.cacheWrite;
    }
    return { turns: [...this.#turns], model: this.model, contextWindow: this.contextWindow, tokens, waiting: this.waiting };
  }

  /** Begins the turn of this message, or goes on with it. */
  openTurn(messageId: string | null, offset: number, model: string | null): void {
    const last = this.#turns.at(-1);
    if (last && messageId !== null && last.messageId === messageId) return;
    const other = model !== null && model !== this.model;
    if (other) this.model = model;
    this.#turns.push({ key: `turn ${offset}`, messageId, model: other ? model : null, contextTokens: null, outputTokens: null, items: [] });
  }

  /** Ends the turn: what comes next stands in one of its own. */
  closeTurn(): void {
    const last = this.#turns.at(-1);
    if (last) this.#turns[this.#turns.length - 1] = { ...last, messageId: null };
  }

  /** Adds an item to the newest turn, or to the steps of the call `parent`. A parent that is not loaded does not hide it. */
  add(item: Item, parent: string | null): void {
    const home = parent === null ? undefined : this.#tools.get(parent);
    if (parent !== null && home) {
      const call = this.tool(parent);
      if (call) {
        if (item.kind === 'tool') this.#tools.set(item.id, { parent, index: call.steps.length });
        this.#replace(home, { ...call, steps: [...call.steps, item] });
        return;
      }
    }
    if (this.#turns.length === 0) this.openTurn(null, item.offset, null);
    const at = this.#turns.length - 1;
    const turn = this.#turns[at];
    if (!turn) return;
    if (item.kind === 'tool') this.#tools.set(item.id, { turn: at, index: turn.items.length });
    this.#turns[at] = { ...turn, items: [...turn.items, item] };
  }

  /** The tool call with this id; null when it is not loaded. */
  tool(id: string): ToolItem | null {
    const home = this.#tools.get(id);
    if (!home) return null;
    const siblings = 'turn' in home ? this.#turns[home.turn]?.items : this.tool(home.parent)?.steps;
    const item = siblings?.[home.index];
    return item?.kind === 'tool' ? item : null;
  }

  changeTool(id: string, change: Partial<Pick<ToolItem, 'output' | 'task' | 'outdated' | 'more'>>): void {
    const home = this.#tools.get(id);
    const item = this.tool(id);
    if (home && item) this.#replace(home, { ...item, ...change });
  }

  /** The call that a background task was started by. */
  toolOfTask(taskId: string, toolId: string | null): string | null {
    if (taskId && toolId) this.#toolOfTask.set(taskId, toolId);
    return toolId ?? this.#toolOfTask.get(taskId) ?? null;
  }

  /** The main agent's newest list of things to do; those before it are outdated. */
  noteList(id: string): void {
    for (const older of this.#lists.splice(0)) this.changeTool(older, { outdated: true });
    this.#lists.push(id);
  }

  /** Each message counts once, however many lines it has; later lines know more. */
  noteUsage(usage: MessageUsage, ofMainAgent: boolean): void {
    const before = this.#usage.get(usage.messageId);
    const { messageId, ...tokens } = usage;
    this.#usage.set(messageId, before ? { ...tokens, output: Math.max(before.output, tokens.output) } : tokens);
    const at = this.#turns.length - 1;
    const turn = this.#turns[at];
    if (!ofMainAgent || turn?.messageId !== messageId) return;
    this.#turns[at] = { ...turn, contextTokens: tokens.input + tokens.cacheRead + tokens.cacheWrite, outputTokens: Math.max(turn.outputTokens ?? 0, tokens.output) };
  }

  /** The item that was added last to the newest turn. */
  lastItem(): Item | null {
    return this.#turns.at(-1)?.items.at(-1) ?? null;
  }

  /** Puts another item in the place of the one that was added last. */
  replaceLast(item: Item): void {
    const at = this.#turns.length - 1;
    const turn = this.#turns[at];
    if (turn) this.#turns[at] = { ...turn, items: [...turn.items.slice(0, -1), item] };
  }

  #replace(home: Home, item: ToolItem): void {
    if ('turn' in home) {
      const turn = this.#turns[home.turn];
      if (turn) this.#turns[home.turn] = { ...turn, items: turn.items.with(home.index, item) };
      return;
    }
    const parentHome = this.#tools.get(home.parent);
    const parent = this.tool(home.parent);
    if (parentHome && parent) this.#replace(parentHome, { ...parent, steps: parent.steps.with(home.index, item) });
  }
}
