import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { BenchRun } from '@/tests/bench/row';
import type { ContainerStarts } from '@/tests/bench/workspaces/container-starts';
import { BENCH_LIMITS } from '@/tests/bench/workspaces/workspace-bench';

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await run('docker', args)).stdout.trim();

/** As many at a time as the product makes by default (ANYON_WORKERS). */
const AT_A_TIME = 3;

/** The same container with Docker's own commands: what a person types, or a script that knows nothing of Anyon. */
export class BarePeer {
  readonly #mark = `bench-peer-${randomBytes(4).toString('hex')}`;
  readonly #starts: ContainerStarts;
  #count = 0;

  constructor(starts: ContainerStarts, { afterwards }: Pick<BenchRun, 'afterwards'>) {
    this.#starts = starts;
    afterwards(() => this.#removeAll());
  }

  /** Milliseconds until each of `rounds` ran, one after the other. */
  async single(rounds: number): Promise<number[]> {
    const times: number[] = [];
    for (let index = 0; index < rounds; index++) {
      const askedAt = Date.now();
      times.push((await this.#starts.at(await this.#create())) - askedAt);
      await this.#removeAll();
    }
    return times;
  }

  /** Seconds until all of `count` ran, asked for together. */
  async many(count: number): Promise<number> {
    const askedAt = Date.now();
    const names: string[] = [];
    let left = count;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (left-- > 0) names.push(await this.#create());
      }),
    );
    const seconds = ((await this.#starts.last(names)) - askedAt) / 1000;
    await this.#removeAll();
    return seconds;
  }

  /** The hardened profile of server/containers/container-spec.ts in words of the command line. */
  async #create(): Promise<string> {
    const index = this.#count++;
    const name = `${this.#mark}-${index}`;
    const { memoryBytes, cpus, pids } = BENCH_LIMITS;
    const labels = ['--label', this.#mark, '--label', 'anyon.bench=workspaces'];
    const subnet = `10.214.${Math.floor(index / 16) % 256}.${(index % 16) * 16}/28`;
    await docker('network', 'create', ...labels, '--opt', 'com.docker.network.bridge.enable_icc=false', '--subnet', subnet, name);
    const profile = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true', '--user', '1000:1000', '--network', name, '--ipc', 'private', '--tmpfs', '/tmp:rw,exec,nosuid,nodev,mode=1777,size=256m'];
    const limits = ['--memory', String(memoryBytes), '--memory-swap', String(memoryBytes), '--cpus', String(cpus), '--pids-limit', String(pids), '--ulimit', 'nofile=16384', '--ulimit', 'core=0'];
    const logs = ['--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'];
    await docker('create', ...labels, '--name', name, ...profile, ...limits, ...logs, 'anyon-claude:latest');
    await docker('start', name);
    return name;
  }

  async #removeAll(): Promise<void> {
    const filter = ['--quiet', '--filter', `label=${this.#mark}`];
    const containers = await docker('ps', '--all', ...filter);
    if (containers) await docker('rm', '--force', ...containers.split('\n'));
    const networks = await docker('network', 'ls', ...filter);
    if (networks) await docker('network', 'rm', ...networks.split('\n'));
  }
}
