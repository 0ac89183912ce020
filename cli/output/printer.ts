import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { formatTable } from '@/cli/output/table';
import { visibleText } from '@/cli/output/visible-text';

/** A stream of this process, as far as the program uses it. */
export type Sink = Writable & { isTTY?: boolean; columns?: number };

export type Tone = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** Where everything is said: answers on standard output, everything about the way there on standard error. */
export interface Printer {
  readonly json: boolean;
  /** A line of the answer, in words. */
  line(text: string): void;
  /** The answer for programs: one JSON document. */
  document(value: unknown): void;
  rows(head: readonly string[], rows: readonly (readonly string[])[]): void;
  /** News or advice, on standard error; it is never part of the answer. */
  note(text: string): void;
  /** Text of a container; on a terminal without its control characters, else as it is. Resolves when there is room for more. */
  text(text: string): Promise<void>;
  /** A patch: as it is for programs, on a terminal in colours. */
  patch(patch: string): Promise<void>;
  /** Bytes of a log, exactly as they are; on a terminal control characters are made visible. */
  bytes(stream: 'out' | 'err', bytes: Uint8Array): Promise<void>;
  paint(tone: Tone, text: string): string;
}

/** A printer on these streams. `colour` only takes effect on a terminal. */
export function createPrinter(streams: { out: Sink; err: Sink }, options: { json: boolean; colour: boolean }): Printer {
  const { out, err } = streams;
  const decoders = { out: new TextDecoder(), err: new TextDecoder() };
  const coloured = options.colour && Boolean(out.isTTY);
  const paint = (tone: Tone, value: string): string => (coloured ? styleText(tone, value, { validateStream: false }) : value);
  const text = (sink: Sink, value: string): Promise<void> => write(sink, sink.isTTY ? visibleText(value) : value);
  return {
    json: options.json,
    line: (value) => void out.write(`${value}\n`),
    document: (value) => void out.write(`${JSON.stringify(value, null, out.isTTY ? 2 : 0)}\n`),
    rows: (head, rows) => void out.write(formatTable(head.map((cell) => paint('dim', cell)), rows)),
    note: (value) => void err.write(`${visibleText(value)}\n`),
    text: (value) => text(out, value),
    patch: (patch) => (coloured ? write(out, paintPatch(patch, paint)) : text(out, patch)),
    bytes: (stream, bytes) => {
      const sink = stream === 'out' ? out : err;
      return sink.isTTY ? text(sink, decoders[stream].decode(bytes, { stream: true })) : write(sink, bytes);
    },
    paint,
  };
}

/** Line by line, control characters made visible before any colour is added. */
function paintPatch(patch: string, paint: Printer['paint']): string {
  const tone = (line: string): Tone | null => {
    if (/^(diff |index |\+\+\+ |--- )/.test(line)) return 'bold';
    if (line.startsWith('@@')) return 'cyan';
    if (line.startsWith('+')) return 'green';
    return line.startsWith('-') ? 'red' : null;
  };
  return visibleText(patch).split('\n').map((line) => { const found = tone(line); return found ? paint(found, line) : line; }).join('\n');
}

function write(sink: Sink, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
