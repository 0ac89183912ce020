import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchRun } from '@/tests/bench/row';
import { firstByteAt, type BeginningTimes } from '@/tests/bench/runs/first-byte';

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await run('docker', args)).stdout.trim();

/** Writes one line to the file that it is given, at once, with the same interpreter as the stand-in for the CLI. */
const WRITE = 'open my $out, ">", $ARGV[0] or die; syswrite $out, "at once\\n"; sleep 1';

/** A container that sleeps, and `docker exec -d` of a command in it that writes to a folder shared with the host. */
export class BareExec {
  readonly #container: string;
  readonly #folder: string;
  #count = 0;

  private constructor(container: string, folder: string) {
    this.#container = container;
    this.#folder = folder;
  }

  static async start({ directory, afterwards }: BenchRun, image: string): Promise<BareExec> {
    const folder = path.join(directory, 'bare');
    await mkdir(folder);
    await chmod(folder, 0o777);
    const container = `bench-exec-${randomBytes(4).toString('hex')}`;
    afterwards(async () => void (await docker('rm', '--force', container)));
    await docker('run', '--detach', '--name', container, '--label', 'anyon.bench=exec', '--network', 'none', '--cap-drop', 'ALL', '--user', '1000:1000', '--volume', `${folder}:/bench`, '--entrypoint', 'sleep', image, 'infinity');
    return new BareExec(container, folder);
  }

  async rounds(count: number): Promise<BeginningTimes> {
    const times: BeginningTimes = { answeredMs: [], firstByteMs: [] };
    for (let round = 0; round < count; round++) {
      const name = `out-${this.#count++}`;
      const askedAt = Date.now();
      const writing = firstByteAt(path.join(this.#folder, name));
      await docker('exec', '--detach', this.#container, 'perl', '-e', WRITE, `/bench/${name}`);
      times.answeredMs.push(Date.now() - askedAt);
      times.firstByteMs.push((await writing) - askedAt);
      await rm(path.join(this.#folder, name));
    }
    return times;
  }
}
