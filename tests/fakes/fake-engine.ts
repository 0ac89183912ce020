import { randomBytes } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ContainerExit } from '@/contract/container-exit';
import { signalOfExitCode } from '@/server/containers/container-exit-mapping';
import { checkLimits } from '@/server/containers/container-limits';
import { buildContainer, instanceLabels, type ContainerHome } from '@/server/containers/container-spec';
import { DialRefusedError } from '@/server/containers/dial-refused-error';
import { unknownRuntime } from '@/server/containers/docker-containers';
import type {
  ContainerEngine,
  ContainerFilter,
  ContainerSpec,
  ContainerStats,
  ContainerSummary,
  EngineContainer,
  EngineEvent,
  EngineInfo,
  EngineNetwork,
  EngineImage,
  EngineVersion,
  EnsureImageOptions,
  ExecCommand,
  ExecResult,
  Labels,
  LogFrame,
  NetworkSpec,
  ResourceLimits,
  Terminal,
  TerminalCommand,
} from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';
import { carries, IMAGE_ID, runProgram, usualInfo, view, type FakeContainer } from '@/tests/fakes/fake-container';
import { networkFor } from '@/tests/fakes/fake-network';

export interface FakeEngineOptions extends ContainerHome {
  images?: readonly string[];
  /** What it says about itself beside the usual, e.g. its runtimes. */
  info?: Partial<EngineInfo>;
  /** Answers a command; undefined leaves it to the built-in programs. */
  onExec?: (containerId: string, command: ExecCommand, spec: ContainerSpec) => ExecResult | undefined;
  onExecDetached?: (containerId: string, command: ExecCommand) => void;
}

/**
 * A container engine in memory, held to the same contract test as the real one. Knows the programs `true`, `false`,
 * `echo` and `sleep`; specs go through the real builder, so what Docker is never asked is refused here too.
 */
export class FakeEngine implements ContainerEngine {
  readonly images: Set<string>;
  readonly networks = new Map<string, EngineNetwork>();
  /** Set to make every call fail as if Docker were down. */
  down = false;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #events = new EventEmitter();
  /** What an engine remembers of its events. */
  readonly #past: EngineEvent[] = [];
  readonly #options: FakeEngineOptions;

  constructor(options: FakeEngineOptions) {
    this.#options = options;
    this.images = new Set(options.images ?? []);
    this.#events.setMaxListeners(0);
  }

  async version(signal?: AbortSignal): Promise<EngineVersion> {
    if (this.down) throw new AnyonError('unavailable', 'Failed to fetch Docker version: Could not reach Docker. Start Docker and try again.');
    await this.#turn(signal);
    return { version: '0.0.0-fake', apiVersion: '1.41', os: 'linux', arch: 'amd64', components: {} };
  }

  async info(signal?: AbortSignal): Promise<EngineInfo> {
    await this.#turn(signal);
    return { ...usualInfo, systemTime: new Date().toISOString(), ...this.#options.info };
  }

  async ensureImage(reference: string, options: EnsureImageOptions = {}): Promise<EngineImage> {
    await this.#turn(options.signal);
    if (this.images.has(reference)) return { id: IMAGE_ID, reference };
    if (options.pull === 'never') throw new AnyonError('precondition', `The image ${reference} is not on this machine. Build it with \`npm run images\`.`);
    throw new AnyonError('not_found', `Could not pull the image ${reference}: the fake engine has no registry.`);
  }

  async ensureNetwork(spec: NetworkSpec, signal?: AbortSignal): Promise<EngineNetwork> {
    await this.#turn(signal);
    const existing = this.networks.get(spec.name);
    if (existing && existing.bridge !== spec.bridge) this.#assertUnused(spec.name);
    return networkFor(this.networks, { ...spec, labels: { ...instanceLabels(this.#options.instance), ...spec.labels } });
  }

  async listNetworks(labels: Labels, signal?: AbortSignal): Promise<EngineNetwork[]> {
    await this.#turn(signal);
    return [...this.networks.values()].filter((network) => carries(network, labels));
  }

  async inspectNetwork(name: string, signal?: AbortSignal): Promise<EngineNetwork | null> {
    await this.#turn(signal);
    return this.networks.get(name) ?? null;
  }

  async removeNetwork(name: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    this.#assertUnused(name);
    this.networks.delete(name);
  }

  async hostGateway(signal?: AbortSignal): Promise<string | null> {
    await this.#turn(signal);
    return '172.17.0.1';
  }

  async createContainer(spec: ContainerSpec, signal?: AbortSignal): Promise<string> {
    await this.#turn(signal);
    const body = await buildContainer(spec, this.#options);
    const { runtimes } = { ...usualInfo, ...this.#options.info };
    if (spec.runtime && !runtimes.includes(spec.runtime)) throw new AnyonError('precondition', Object.values(unknownRuntime(spec.runtime, runtimes)).join(' '));
    if (!this.images.has(spec.image)) throw new AnyonError('precondition', 'The image is not on this machine. Build it with `npm run images`.');
    if (this.#find(spec.name)) throw new AnyonError('conflict', `There is a container ${spec.name} already.`);
    const container: FakeContainer = { id: randomBytes(32).toString('hex'), name: spec.name, spec, labels: body.Labels, attachedNetworks: [spec.network], status: 'created', startedAt: null, exit: null, log: [], limits: spec.limits };
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

  async renameContainer(id: string, name: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#get(id);
    if ((this.#find(name) ?? container) !== container) throw new AnyonError('conflict', `There is a container ${name} already.`);
    container.name = name;
    this.#emit('rename', container);
  }

  async unpauseContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#get(id);
    if (container.status !== 'paused' && container.status !== 'running') throw new AnyonError('precondition', 'The container is not paused.');
    container.status = 'running';
    this.#emit('unpause', container);
  }

  /** `docker pause`, which the product never does. */
  pause(id: string): void {
    const container = this.#getRunning(id);
    container.status = 'paused';
    this.#emit('pause', container);
  }

  async connectNetwork(network: string, containerId: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#get(containerId);
    if (!this.networks.has(network)) throw new AnyonError('not_found', `There is no network ${network}.`);
    if (!container.attachedNetworks.includes(network)) container.attachedNetworks.push(network);
  }

  /** `docker network disconnect`, which the product never does. */
  disconnect(network: string, id: string): void {
    const container = this.#get(id);
    container.attachedNetworks = container.attachedNetworks.filter((name) => name !== network);
  }

  async summarizeContainers(filter: ContainerFilter, signal?: AbortSignal): Promise<ContainerSummary[]> {
    await this.#turn(signal);
    const fits = (container: FakeContainer) => ('labels' in filter ? carries(container, filter.labels) : container.name.startsWith(filter.namePrefix));
    return [...this.#containers.values()].filter(fits).map(({ id, name, spec, labels, status, attachedNetworks }) => ({ id, name, image: spec.image, labels, status, attachedNetworks: [...attachedNetworks] }));
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

  async updateLimits(id: string, limits: ResourceLimits, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#get(id);
    container.limits = { ...checkLimits(limits) };
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
    const { spec } = this.#getRunning(id);
    const given = this.#options.onExec?.(id, command, spec);
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

  async openTerminal(id: string, command: TerminalCommand, signal?: AbortSignal): Promise<Terminal> {
    await this.#turn(signal);
    this.#getRunning(id);
    const result = runProgram(command.argv);
    const ended = Promise.withResolvers<void>();
    if (result) ended.resolve();
    signal?.addEventListener('abort', () => ended.resolve(), { once: true });
    return {
      async *output() {
        if (result && result.stdout.length > 0) yield Buffer.from(result.stdout.toString().replaceAll('\n', '\r\n'));
        await ended.promise;
      },
      write: async () => {},
      exitCode: async () => result?.exitCode ?? null,
      close: () => ended.resolve(),
    };
  }

  async dialPort(id: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    await this.#turn(signal);
    this.#getRunning(id);
    throw new DialRefusedError(port);
  }

  async readStats(id: string, signal?: AbortSignal): Promise<ContainerStats> {
    await this.#turn(signal);
    const { limits, startedAt } = this.#getRunning(id);
    // As if it had used one core in a hundred ever since its start.
    const cpuNanoseconds = Math.max(0, Date.now() - Date.parse(startedAt ?? '')) * 1e4;
    return { readAt: new Date().toISOString(), cpuNanoseconds, memoryBytes: 1024 * 1024, memoryLimitBytes: limits.memoryBytes, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0 };
  }

  async readOwnFilesBytes(id: string, signal?: AbortSignal): Promise<number | null> {
    await this.#turn(signal);
    return this.#find(id) ? 0 : null;
  }

  async *streamEvents(labels: Labels, signal: AbortSignal, since?: string): AsyncGenerator<EngineEvent, void, void> {
    await this.#turn(signal);
    const missed = since === undefined ? [] : this.#past.filter((event) => event.at >= since && carries(event, labels));
    try {
      yield* missed;
      for await (const [event] of on(this.#events, 'event', { signal }) as AsyncIterable<[EngineEvent]>) {
        if (carries(event, labels)) yield event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #assertUnused(network: string): void {
    const used = [...this.#containers.values()].some(({ status, attachedNetworks }) => status !== 'exited' && status !== 'created' && attachedNetworks.includes(network));
    if (used) throw new AnyonError('conflict', 'Containers still use this network. Remove them first.');
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
    this.#past.push(event);
    this.#events.emit('event', event);
  }

  #untilEvent(signal: AbortSignal | undefined): Promise<unknown> {
    return EventEmitter.once(this.#events, 'event', signal ? { signal } : {}).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }

  #find(id: string): FakeContainer | undefined {
    return this.#containers.get(id) ?? [...this.#containers.values()].find((container) => container.name === id);
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
