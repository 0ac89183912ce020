import { createInterface } from 'node:readline/promises';
import { Writable, type Readable } from 'node:stream';
import { CliError } from '@/cli/cli-error';
import { Interrupted } from '@/cli/interruption';
import type { Sink } from '@/cli/output/printer';

export interface Asking {
  in: Readable & { isTTY?: boolean };
  err: Sink;
}

/** Asks on standard error and reads one line. With `hidden` nothing of what is typed or pasted is shown. */
export async function ask({ in: input, err }: Asking, question: string, { hidden = false } = {}): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: hidden ? nowhere : err, terminal: true });
  if (hidden) err.write(question);
  try {
    const stopped = new Promise<never>((_, reject) => {
      lines.once('SIGINT', () => reject(new Interrupted()));
      lines.once('close', () => reject(new Interrupted()));
    });
    return (await Promise.race([lines.question(hidden ? '' : question), stopped])).trim();
  } finally {
    lines.close();
    if (hidden) err.write('\n');
  }
}

/** All of standard input as text, at most `most` characters. */
export async function readAll(input: Readable, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > most) throw new CliError('invalid', `Standard input has more than ${most.toLocaleString('en')} bytes.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
