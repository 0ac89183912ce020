import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<void> => void (await run('docker', args));

/** The same container with Docker's own commands: what a person types, or a script that knows nothing of Anyon. */
export class BarePeer {
  readonly #limits: { memoryBytes: number; cpus: number; pids: number };
  readonly #mark = `bench-peer-${randomBytes(4).toString('hex')}`;
  #count = 0;

  constructor(limits: { memoryBytes: number; cpus: number; pids: number }) {
    this.#limits = limits;
  }

  /** Milliseconds of each of `rounds`, one after the other. */
  async single(rounds: number): Promise<number[]> {
    const times: number[] = [];
    for (let index = 0; index < rounds; index++) {
      const started = performance.now();
      const name = await this.#create();
      times.push(performance.now() - started);
      await this.#remove(name);
    }
    return times;
  }

  /** Seconds until all of `count` run, started together, as many at a time as the product does by default. */
  async many(count: number): Promise<number> {
    const started = performance.now();
    const names: string[] = [];
    let left = count;
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        while (left-- > 0) names.push(await this.#create());
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    for (const name of names) await this.#remove(name);
    return seconds;
  }

  async close(): Promise<void> {
    const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', `label=${this.#mark}`]);
    const left = stdout.split('\n').filter(Boolean);
    if (left.length > 0) await docker('rm', '--force', ...left);
    const networks = (await run('docker', ['network', 'ls', '--quiet', '--filter', `label=${this.#mark}`])).stdout.split('\n').filter(Boolean);
    if (networks.length > 0) await docker('network', 'rm', ...networks);
  }

  /** The hardened profile of server/containers/container-spec.ts in words of the command line. */
  async #create(): Promise<string> {
    const index = this.#count++;
    const name = `${this.#mark}-${index}`;
    const { memoryBytes, cpus, pids } = this.#limits;
    const subnet = `10.214.${Math.floor(index / 16) % 256}.${(index % 16) * 16}/28`;
    await docker('network', 'create', '--label', this.#mark, '--opt', 'com.docker.network.bridge.enable_icc=false', '--subnet', subnet, name);
    const profile = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true', '--user', '1000:1000', '--network', name, '--ipc', 'private', '--tmpfs', '/tmp:rw,exec,nosuid,nodev,mode=1777,size=256m'];
    const limits = ['--memory', String(memoryBytes), '--memory-swap', String(memoryBytes), '--cpus', String(cpus), '--pids-limit', String(pids), '--ulimit', 'nofile=16384', '--ulimit', 'core=0'];
    const logs = ['--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'];
    await docker('create', '--label', this.#mark, '--name', name, ...profile, ...limits, ...logs, 'anyon-claude:latest');
    await docker('start', name);
    return name;
  }

  async #remove(name: string): Promise<void> {
    await docker('rm', '--force', name);
    await docker('network', 'rm', name);
  }
}
