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

/** Where a tool call stands: in a turn, or among the steps of another call, which stands so many calls deep itself. */
type Home = { turn: number; index: number; depth: 0 } | { parent: string; index: number; depth: number };

type Growing<T, Key extends keyof T> = Omit<T, Key> & { [key in Key]: Item[] };

/** Deeper than sub-agents call each other; what a line says to be deeper stands beside its call instead of in it. */
const DEEPEST = 16;

/**
 * The conversation as it grows, line by line in the order of the log. What has not changed between two looks at its state stays the same
 * object, so that only what has changed is drawn again.
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
  /** Turns and calls made since the last look: nobody else holds them, so they are changed in place, and many lines at once cost no copies. */
  #unseen = new WeakSet<object>();

  state(): ConversationState {
    this.#unseen = new WeakSet();
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
      if (home.depth >= DEEPEST) return this.add(item, 'parent' in home ? home.parent : null);
      const { steps } = this.#openTool(parent);
      this.#noteHome(item, { parent, index: steps.length, depth: home.depth + 1 });
      steps.push(item);
      return;
    }
    if (this.#turns.length === 0) this.openTurn(null, item.offset, null);
    const at = this.#turns.length - 1;
    const { items } = this.#openTurn(at);
    this.#noteHome(item, { turn: at, index: items.length, depth: 0 });
    items.push(item);
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
    if (this.#tools.has(id)) Object.assign(this.#openTool(id), change);
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
    this.#openTurn(this.#turns.length - 1).items.splice(-1, 1, item);
  }

  /** The first call with an id is the one that is meant by it: a place that changed would lose what stands in it, or come to stand in itself. */
  #noteHome(item: Item, home: Home): void {
    if (item.kind === 'tool' && !this.#tools.has(item.id)) this.#tools.set(item.id, home);
  }

  /** The turn, to be changed in place. */
  #openTurn(at: number): Growing<Turn, 'items'> {
    const turn = this.#turns[at];
    if (!turn) throw new RangeError(`There is no turn ${at}.`);
    if (this.#unseen.has(turn)) return turn as Growing<Turn, 'items'>;
    const copy = { ...turn, items: [...turn.items] };
    this.#unseen.add(copy);
    this.#turns[at] = copy;
    return copy;
  }

  /** The call, to be changed in place, and all that it stands in. */
  #openTool(id: string): Growing<ToolItem, 'steps'> {
    const home = this.#tools.get(id);
    if (!home) throw new RangeError(`There is no call ${id}.`);
    const siblings = 'turn' in home ? this.#openTurn(home.turn).items : this.#openTool(home.parent).steps;
    const call = siblings[home.index];
    if (call?.kind !== 'tool') throw new RangeError(`The call ${id} does not stand where it was put.`);
    if (this.#unseen.has(call)) return call as Growing<ToolItem, 'steps'>;
    const copy = { ...call, steps: [...call.steps] };
    this.#unseen.add(copy);
    siblings[home.index] = copy;
    return copy;
  }
}
