import type { LogLine, LogLinesView, LogStream } from '@/contract/run-log';

/** Lines that are asked for together. */
export const blockLines = 256;
/** Characters held in all; the windows that were looked at longest ago go first. */
const mostCharacters = 12 * 1024 * 1024;
const mostAtOnce = 4;
const retryMs = 1000;

interface Block {
  lines: LogLine[];
  characters: number;
}

interface Options {
  load: (ask: { stream: LogStream; from: number; count: number; readable: boolean }) => Promise<LogLinesView>;
  /** Called when something came. */
  onChange: () => void;
  most?: number;
}

/**
 * Parts of a log that were read because somebody looks at them. Lines count from 0. `want` asks for what is missing, at most a few windows
 * at once and the newest wish first, so that a drag over the whole log loads where it ends. Whatever is scrolled, only so much is held.
 */
export class LogWindows {
  private readonly options: Options;
  private readonly blocks = new Map<string, Block>();
  private readonly loading = new Set<string>();
  private wishes: string[] = [];
  private characters = 0;
  private closed = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** The line if it is here. Undefined: ask for it by `want`. */
  line(stream: LogStream, line: number, readable: boolean): LogLine | undefined {
    const name = nameOf(stream, line, readable);
    const block = this.blocks.get(name);
    return block?.lines[line % blockLines];
  }

  /** Says what is looked at now: these lines are wanted, and windows that hold them are kept longest. */
  want(lines: readonly { stream: LogStream; line: number }[], readable: boolean): void {
    const names = [...new Set(lines.map(({ stream, line }) => nameOf(stream, line, readable)))];
    for (const name of names) {
      const block = this.blocks.get(name);
      if (!block) continue;
      this.blocks.delete(name);
      this.blocks.set(name, block);
    }
    this.wishes = names.filter((name) => !this.blocks.has(name) && !this.loading.has(name));
    this.next();
  }

  private next(): void {
    while (!this.closed && this.loading.size < mostAtOnce && this.wishes.length > 0) void this.load(this.wishes.shift() as string);
  }

  private async load(name: string): Promise<void> {
    const { stream, block, readable } = parseName(name);
    this.loading.add(name);
    try {
      const { lines } = await this.options.load({ stream, from: block * blockLines + 1, count: blockLines, readable });
      if (lines.length > 0) this.hold(name, lines);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryMs)); // whoever looks asks again; the connection state says why
    } finally {
      this.loading.delete(name);
    }
    if (this.closed) return;
    this.options.onChange();
    this.next();
  }

  private hold(name: string, lines: LogLine[]): void {
    const characters = lines.reduce((sum, line) => sum + (line.text?.length ?? 0) + 64, 0);
    this.blocks.set(name, { lines, characters });
    this.characters += characters;
    for (const [oldest, block] of this.blocks) {
      if (this.characters <= (this.options.most ?? mostCharacters) || oldest === name) break;
      this.blocks.delete(oldest);
      this.characters -= block.characters;
    }
  }

  /** Characters held now. */
  get size(): number {
    return this.characters;
  }

  close(): void {
    this.closed = true;
    this.blocks.clear();
  }
}

function nameOf(stream: LogStream, line: number, readable: boolean): string {
  return `${stream} ${Math.floor(line / blockLines)} ${readable ? 'readable' : 'raw'}`;
}

function parseName(name: string): { stream: LogStream; block: number; readable: boolean } {
  const [stream, block, mode] = name.split(' ');
  return { stream: stream === 'err' ? 'err' : 'out', block: Number(block), readable: mode === 'readable' };
}
