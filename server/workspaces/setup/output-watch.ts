import { stopDetached } from '@/server/containers/detached-command';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { AnyonError } from '@/server/errors';
import type { SetupPlace } from '@/server/workspaces/setup/setup-place';
import { lastLines, readOutput } from '@/server/workspaces/tasks/command-output';
import type { StartCommand } from '@/server/workspaces/tasks/start-command';

/** A script that has said nothing for so long is taken for hung. */
const SILENCE_MS = 30 * 60_000;
/** A script that says more than this fills the disk rather than sets up a workspace. */
export const MAX_OUTPUT_BYTES = 256 * 1024 ** 2;

/** Follows what the script says: its last line is the progress; silence and floods are ended. */
export class OutputWatch {
  readonly #place: Pick<SetupPlace, 'engine' | 'onProgress' | 'signal'>;
  readonly #command: StartCommand;
  #bytes = -1;
  #changedAt = Date.now();
  #line = '';
  /** Why it was ended by us; null when it was not. */
  stopped: AnyonError | null = null;

  constructor(place: Pick<SetupPlace, 'engine' | 'onProgress' | 'signal'>, command: StartCommand) {
    this.#place = place;
    this.#command = command;
  }

  async look(): Promise<void> {
    const { bytes, tail } = await readOutput(this.#command.directory, 'out', 4096);
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#changedAt = Date.now();
      this.#line = lastLines(tail, 1)[0] ?? this.#line;
    }
    await this.#place.onProgress(`${quietFor(Date.now() - this.#changedAt)}${this.#line || 'The script runs'}`);
    if (Date.now() - this.#changedAt > SILENCE_MS) await this.#end('The set-up script was ended because it had said nothing for 30 minutes. Let it show its progress, or make it shorter.');
    if (bytes > MAX_OUTPUT_BYTES) await this.#end(`The set-up script was ended because it wrote more than ${bytesInWords(MAX_OUTPUT_BYTES)} of output. Make it quieter.`);
  }

  async #end(sentence: string): Promise<void> {
    const { engine, signal } = this.#place;
    this.stopped ??= new AnyonError('precondition', sentence);
    await stopDetached(engine, this.#command.containerId, this.#command.id, 5, signal);
  }
}

/** Changes every twenty seconds: an attempt that says nothing new for a minute is given up. */
function quietFor(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 20_000) * 20;
  return seconds === 0 ? '' : `(nothing new for ${Math.floor(seconds / 60)} min ${seconds % 60} s) `;
}
