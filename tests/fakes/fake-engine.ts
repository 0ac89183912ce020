import { randomBytes } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import type { ContainerExit } from '@/contract/container-exit';
import { signalOfExitCode } from '@/server/containers/container-exit-mapping';
import { buildContainer, instanceLabels, type ContainerHome } from '@/server/containers/container-spec';
import type {
  ContainerEngine,
  ContainerSpec,
  ContainerStats,
  EngineContainer,
  EngineEvent,
  EngineImage,
  EngineVersion,
  EnsureImageOptions,
  ExecCommand,
  ExecResult,
  Labels,
  LogFrame,
} from '@/server/containers/engine';
import { isOwnNetwork } from '@/server/containers/hardened-profile';
import { AnyonError } from '@/server/errors';

interface FakeContainer {
  id: string;
  spec: ContainerSpec;
  labels: Labels;
  status: 'created' | 'running' | 'exited';
  startedAt: string | null;
  exit: ContainerExit | null;
  log: LogFrame[];
}

export interface FakeEngineOptions extends ContainerHome {
  images?: readonly string[];
  /** Answers a command; undefined leaves it to the built-in programs. */
  onExec?: (containerId: string, command: ExecCommand) => ExecResult | undefined;
  onExecDetached?: (containerId: string, command: ExecCommand) => void;
}

/**
 * A container engine in memory, held to the same contract test as the real one. Knows the programs `true`, `false`,
 * `echo` and `sleep`; specs go through the real builder, so what Docker is never asked is refused here too.
 */
export class FakeEngine implements ContainerEngine {
  readonly images: Set<string>;
  readonly networks = new Map<string, Labels>();
  /** Set to make every call fail as if Docker were down. */
  down = false;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #events = new EventEmitter();
  readonly #options: FakeEngineOptions;

  constructor(options: FakeEngineOptions) {
    this.#options = options;
    this.images = new Set(options.images ?? []);
    this.#events.setMaxListeners(0);
  }

  async version(signal?: AbortSignal): Promise<EngineVersion> {
    if (this.down) throw new AnyonError('unavailable', 'Failed to fetch Docker version: Could not reach Docker. Start Docker and try again.');
    await this.#turn(signal);
    return { version: '0.0.0-fake', apiVersion: '1.41', os: 'linux', arch: 'amd64' };
  }

  async ensureImage(reference: string, options: EnsureImageOptions = {}): Promise<EngineImage> {
    await this.#turn(options.signal);
    if (this.images.has(reference)) return { id: `sha256:${'0'.repeat(64)}`, reference };
    if (options.pull === 'never') throw new AnyonError('precondition', `The image ${reference} is not on this machine. Build it with \`npm run images\`.`);
    throw new AnyonError('not_found', `Could not pull the image ${reference}: the fake engine has no registry.`);
  }

  async ensureNetwork(name: string, labels: Labels, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    if (!isOwnNetwork(name)) throw new AnyonError('invalid', `"${name}" may not be the name of a workspace's network.`);
    if (!this.networks.has(name)) this.networks.set(name, { ...instanceLabels(this.#options.instance), ...labels });
  }

  async removeNetwork(name: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const used = [...this.#containers.values()].some((container) => container.status === 'running' && container.spec.network === name);
    if (used) throw new AnyonError('conflict', 'Containers still use this network. Remove them first.');
    this.networks.delete(name);
  }

  async hostGateway(signal?: AbortSignal): Promise<string | null> {
    await this.#turn(signal);
    return '172.17.0.1';
  }

  async createContainer(spec: ContainerSpec, signal?: AbortSignal): Promise<string> {
    await this.#turn(signal);
    const body = await buildContainer(spec, this.#options);
    if (!this.images.has(spec.image)) throw new AnyonError('precondition', 'The image is not on this machine. Build it with `npm run images`.');
    if (this.#find(spec.name)) throw new AnyonError('conflict', `There is a container ${spec.name} already.`);
    const container: FakeContainer = { id: randomBytes(32).toString('hex'), spec, labels: body.Labels, status: 'created', startedAt: null, exit: null, log: [] };
    this.#containers.set(container.id, container);
    this.#emit('create', container);
    return container.id;
  }

  async startContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#get(id);
    if (container.status === 'running') return;
    if (!this.networks.has(container.spec.network)) throw new AnyonError('not_found', `There is no network ${container.spec.network}.`);
    Object.assign(container, { status: 'running', startedAt: new Date().toISOString(), exit: null });
    this.#emit('start', container);
    const result = runProgram(container.spec.command ?? ['sleep', 'infinity']);
    if (result === null) return;
    if (result.stdout.length > 0) container.log.push({ stream: container.spec.tty ? 'console' : 'stdout', data: result.stdout });
    this.#end(container, result.exitCode);
  }

  async stopContainer(id: string, _options: { graceSeconds: number }, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#get(id);
    if (container.status === 'running') this.#end(container, 143);
  }

  async killContainer(id: string, killSignal: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#getRunning(id);
    this.#end(container, killSignal === 'SIGTERM' ? 143 : 137);
  }

  async restartContainer(id: string, options: { graceSeconds: number }, signal?: AbortSignal): Promise<void> {
    await this.stopContainer(id, options, signal);
    await this.startContainer(id, signal);
  }

  async removeContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#find(id);
    if (!container) return;
    if (container.status === 'running') this.#end(container, 137);
    this.#containers.delete(container.id);
    this.#emit('destroy', container);
  }

  async inspectContainer(id: string, signal?: AbortSignal): Promise<EngineContainer | null> {
    await this.#turn(signal);
    const container = this.#find(id);
    return container ? view(container) : null;
  }

  async listContainers(labels: Labels, signal?: AbortSignal): Promise<EngineContainer[]> {
    await this.#turn(signal);
    return [...this.#containers.values()].filter((container) => carries(container, labels)).map(view);
  }

  async waitForExit(id: string, signal?: AbortSignal): Promise<ContainerExit> {
    await this.#turn(signal);
    const container = this.#find(id);
    if (!container) return { exitCode: null, error: `There is no container ${id}.`, finishedAt: null, oomKilled: false, signal: null };
    while (container.status === 'running') await this.#untilEvent(signal);
    return container.exit ?? { exitCode: 0, error: null, finishedAt: null, oomKilled: false, signal: null };
  }

  async *streamLogs(id: string, options: { follow: boolean; tail?: number }, signal?: AbortSignal): AsyncGenerator<LogFrame, void, void> {
    await this.#turn(signal);
    const container = this.#get(id);
    yield* options.tail === undefined ? container.log : container.log.slice(container.log.length - options.tail);
    while (options.follow && container.status === 'running' && signal?.aborted !== true) await this.#untilEvent(signal).catch(() => undefined);
  }

  async exec(id: string, command: ExecCommand, signal?: AbortSignal): Promise<ExecResult> {
    await this.#turn(signal);
    this.#getRunning(id);
    const given = this.#options.onExec?.(id, command);
    if (given) return given;
    const result = runProgram(command.argv);
    if (result === null) throw new AnyonError('unavailable', `Could not run ${command.argv[0]}: it did not end within ${(command.timeoutMs ?? 30_000) / 1000} s.`);
    const max = command.maxOutputBytes ?? 1024 * 1024;
    return { exitCode: result.exitCode, stdout: result.stdout.subarray(0, max), stderr: Buffer.alloc(0), truncated: result.stdout.length > max };
  }

  async execDetached(id: string, command: ExecCommand, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    this.#getRunning(id);
    this.#options.onExecDetached?.(id, command);
  }

  async readStats(id: string, signal?: AbortSignal): Promise<ContainerStats> {
    await this.#turn(signal);
    const { limits } = this.#getRunning(id).spec;
    return { readAt: new Date().toISOString(), cpus: 0, memoryBytes: 1024 * 1024, memoryLimitBytes: limits.memoryBytes, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0 };
  }

  async *streamEvents(labels: Labels, signal: AbortSignal): AsyncGenerator<EngineEvent, void, void> {
    await this.#turn(signal);
    try {
      for await (const [event] of on(this.#events, 'event', { signal }) as AsyncIterable<[EngineEvent]>) {
        if (Object.entries(labels).every(([name, value]) => event.labels[name] === value)) yield event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    await Promise.resolve();
    signal?.throwIfAborted();
    if (this.down) throw new AnyonError('unavailable', 'Could not reach Docker. Start Docker and try again.');
  }

  #end(container: FakeContainer, exitCode: number): void {
    const exit = { exitCode, error: null, finishedAt: new Date().toISOString(), oomKilled: false, signal: signalOfExitCode(exitCode) };
    Object.assign(container, { status: 'exited', exit });
    this.#emit('die', container);
  }

  #emit(action: string, container: FakeContainer): void {
    const event: EngineEvent = { action, containerId: container.id, labels: container.labels, at: new Date().toISOString() };
    this.#events.emit('event', event);
  }

  #untilEvent(signal: AbortSignal | undefined): Promise<unknown> {
    return EventEmitter.once(this.#events, 'event', signal ? { signal } : {}).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }

  #find(id: string): FakeContainer | undefined {
    return this.#containers.get(id) ?? [...this.#containers.values()].find((container) => container.spec.name === id);
  }

  #get(id: string): FakeContainer {
    const container = this.#find(id);
    if (!container) throw new AnyonError('not_found', `There is no container ${id}.`);
    return container;
  }

  #getRunning(id: string): FakeContainer {
    const container = this.#get(id);
    if (container.status !== 'running') throw new AnyonError('precondition', 'The container is not running. Start it first.');
    return container;
  }
}

/** Null while the program would go on. */
function runProgram(argv: readonly string[]): { exitCode: number; stdout: Buffer } | null {
  const [program, ...parameters] = argv;
  if (program === 'sleep') return null;
  if (program === 'echo') return { exitCode: 0, stdout: Buffer.from(`${parameters.join(' ')}\n`) };
  if (program === 'true' || program === 'false') return { exitCode: program === 'true' ? 0 : 1, stdout: Buffer.alloc(0) };
  return { exitCode: 127, stdout: Buffer.alloc(0) };
}

function carries(container: FakeContainer, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => container.labels[name] === value);
}

function view(container: FakeContainer): EngineContainer {
  const { id, spec, labels, status, startedAt, exit } = container;
  return { id, name: spec.name, image: spec.image, labels, status, startedAt, exit, limits: { ...spec.limits } };
}
