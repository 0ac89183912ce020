import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TerminalEvent } from '@/contract/terminal';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { followTerminal, terminalToFollow } from '@/server/workspaces/terminals/follow-terminal';
import { typeKeys } from '@/server/workspaces/terminals/use-terminal';

/** What is waited for comes within this time, or the test has failed. */
export const PATIENCE_MS = 20_000;

/** A page that looks at a terminal, and the keyboard before it. */
export class Screen {
  text = '';
  bytes: Buffer = Buffer.alloc(0);
  events: TerminalEvent[] = [];
  ended: string | null = null;
  position = 0;
  readonly tab = randomUUID();
  #sequence = 0;
  readonly #closing = new AbortController();
  readonly #access: () => Promise<WorkspaceAccess>;

  readonly id: string;
  readonly from: number | undefined;

  /** Begins to look, from the start of what is kept unless told otherwise. */
  constructor(access: () => Promise<WorkspaceAccess>, id: string, from?: number) {
    this.#access = access;
    this.id = id;
    this.from = from;
    void this.#read();
  }

  async #read(): Promise<void> {
    const access = await this.#access();
    const followed = await terminalToFollow(access, { workspaceId: access.workspace.id, terminalId: this.id, ...(this.from !== undefined && { from: this.from }) });
    for await (const { event } of followTerminal(followed, this.#closing.signal)) {
      this.events.push(event);
      if (event.kind === 'ended') this.ended = event.reason;
      if (event.kind !== 'output') continue;
      if (event.reset) this.bytes = Buffer.alloc(0);
      this.bytes = Buffer.concat([this.bytes, Buffer.from(event.base64, 'base64')]).subarray(-200_000);
      this.position = event.to;
      this.text = this.bytes.toString('utf8');
    }
  }

  async type(data: string, sequence = ++this.#sequence): Promise<void> {
    const access = await this.#access();
    await typeKeys(access, { workspaceId: access.workspace.id, terminalId: this.id, tab: this.tab, sequence, data });
  }

  async until(found: (screen: this) => unknown, what: string): Promise<void> {
    for (const from = Date.now(); !found(this); await sleep(5)) {
      if (Date.now() - from > PATIENCE_MS) throw new Error(`Not seen: ${what}. On the screen: ${JSON.stringify(this.text.slice(-600))}`);
    }
  }

  /** Runs a command and returns what it printed. */
  async run(command: string): Promise<string> {
    const mark = randomUUID().slice(0, 8);
    await this.type(` ${command}; echo "<${mark}"'>'\r`);
    await this.until(({ text }) => text.includes(`<${mark}>`), `the end of ${command}`);
    const before = this.text.slice(0, this.text.indexOf(`<${mark}>`));
    return before.slice(before.lastIndexOf(`<${mark}"'>'`) + mark.length + 5).replaceAll(/\x1b\[\?2004[hl]|\r/g, '').trim();
  }

  close(): void {
    this.#closing.abort();
  }
}
