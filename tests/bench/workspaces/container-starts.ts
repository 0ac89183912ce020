import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from '@/tests/bench/row';

const PATIENCE_MS = 120_000;

interface StartEvent {
  Actor: { Attributes: Record<string, string> };
  timeNano: number;
}

/** When containers were started, by the engine's own word: the same moment for whoever asked for them. */
export class ContainerStarts {
  readonly #startedAt = new Map<string, number>();

  /** Listens from now on, until the row is over. */
  constructor({ afterwards }: Pick<BenchRun, 'afterwards'>) {
    const since = ((Date.now() - 1_000) / 1000).toFixed(3);
    const listener = spawn('docker', ['events', '--since', since, '--filter', 'type=container', '--filter', 'event=start', '--format', '{{json .}}'], { stdio: ['ignore', 'pipe', 'inherit'] });
    afterwards(async () => void listener.kill());
    createInterface({ input: listener.stdout }).on('line', (line) => {
      const { Actor: actor, timeNano } = JSON.parse(line) as StartEvent;
      const { name, 'anyon.workspace': workspaceId } = actor.Attributes;
      for (const key of [name, workspaceId]) if (key) this.#startedAt.set(key, timeNano / 1e6);
    });
  }

  /** By the clock, of a container's name or a workspace's id; waits until the engine has said so. */
  async at(key: string): Promise<number> {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(5)) {
      const at = this.#startedAt.get(key);
      if (at !== undefined) return at;
    }
    throw new Error(`The engine does not say that ${key} was started.`);
  }

  /** The last of them. */
  async last(keys: readonly string[]): Promise<number> {
    return Math.max(...(await Promise.all(keys.map((key) => this.at(key)))));
  }
}
