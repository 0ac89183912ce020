import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ContainerExit } from '@/contract/container-exit';
import type { Attendant } from '@/server/containers/attendant';
import { signalOfExitCode } from '@/server/containers/container-exit-mapping';
import { checkLimits } from '@/server/containers/container-limits';
import { buildContainer, instanceLabels, type ContainerHome } from '@/server/containers/container-spec';
import { DialRefusedError } from '@/server/containers/dial-refused-error';
import { unknownRuntime } from '@/server/containers/docker-containers';
import type {
  ContainerEngine, ContainerFilter, ContainerSpec, ContainerStats, ContainerSummary, EngineContainer, EngineEvent, EngineInfo, EngineNetwork, EngineImage,
  EngineVersion, EnsureImageOptions, ExecCommand, ExecResult, Labels, LogFrame, NetworkSpec, ResourceLimits, Terminal, TerminalCommand,
} from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';
import { carries, IMAGE_ID, runProgram, usualInfo, view, type FakeContainer } from '@/tests/fakes/fake-container';
import { FakeContainers } from '@/tests/fakes/fake-containers';
import { FakeEvents } from '@/tests/fakes/fake-events';
import { networkFor } from '@/tests/fakes/fake-network';
import { fakeTerminal } from '@/tests/fakes/fake-terminal';

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
  readonly #containers = new FakeContainers();
  readonly #events = new FakeEvents();
  readonly #options: FakeEngineOptions;

  constructor(options: FakeEngineOptions) {
    this.#options = options;
    this.images = new Set(options.images ?? []);
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
    if (existing && existing.bridge !== spec.bridge) this.#containers.assertUnused(spec.name);
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
    this.#containers.assertUnused(name);
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
    if (this.#containers.find(spec.name)) throw new AnyonError('conflict', `There is a container ${spec.name} already.`);
    const container: FakeContainer = { id: randomBytes(32).toString('hex'), name: spec.name, spec, labels: body.Labels, attachedNetworks: [spec.network], status: 'created', startedAt: null, exit: null, log: [], limits: spec.limits };
    this.#containers.add(container);
    this.#events.tell('create', container);
    return container.id;
  }

  async startContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.get(id);
    if (container.status === 'running') return;
    if (!this.networks.has(container.spec.network)) throw new AnyonError('not_found', `There is no network ${container.spec.network}.`);
    Object.assign(container, { status: 'running', startedAt: new Date().toISOString(), exit: null });
    this.#events.tell('start', container);
    const result = runProgram(container.spec.command ?? ['sleep', 'infinity']);
    if (result === null) return;
    if (result.stdout.length > 0) container.log.push({ stream: container.spec.tty ? 'console' : 'stdout', data: result.stdout });
    this.#end(container, result.exitCode);
  }

  async stopContainer(id: string, _options: { graceSeconds: number }, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.get(id);
    if (container.status === 'running') this.#end(container, 143);
  }

  async killContainer(id: string, killSignal: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.running(id);
    this.#end(container, killSignal === 'SIGTERM' ? 143 : 137);
  }

  async restartContainer(id: string, options: { graceSeconds: number }, signal?: AbortSignal): Promise<void> {
    await this.stopContainer(id, options, signal);
    await this.startContainer(id, signal);
  }

  async removeContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.find(id);
    if (!container) return;
    if (container.status === 'running') this.#end(container, 137);
    this.#containers.remove(container);
    this.#events.tell('destroy', container);
  }

  async renameContainer(id: string, name: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.get(id);
    if ((this.#containers.find(name) ?? container) !== container) throw new AnyonError('conflict', `There is a container ${name} already.`);
    container.name = name;
    this.#events.tell('rename', container);
  }

  async unpauseContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.get(id);
    if (container.status !== 'paused' && container.status !== 'running') throw new AnyonError('precondition', 'The container is not paused.');
    container.status = 'running';
    this.#events.tell('unpause', container);
  }

  /** `docker pause`, which the product never does. */
  pause(id: string): void {
    const container = this.#containers.running(id);
    container.status = 'paused';
    this.#events.tell('pause', container);
  }

  async connectNetwork(network: string, containerId: string, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.get(containerId);
    if (!this.networks.has(network)) throw new AnyonError('not_found', `There is no network ${network}.`);
    if (!container.attachedNetworks.includes(network)) container.attachedNetworks.push(network);
  }

  /** `docker network disconnect`, which the product never does. */
  disconnect(network: string, id: string): void {
    const container = this.#containers.get(id);
    container.attachedNetworks = container.attachedNetworks.filter((name) => name !== network);
  }

  async summarizeContainers(filter: ContainerFilter, signal?: AbortSignal): Promise<ContainerSummary[]> {
    await this.#turn(signal);
    const fits = (container: FakeContainer) => ('labels' in filter ? carries(container, filter.labels) : container.name.startsWith(filter.namePrefix));
    return this.#containers.all().filter(fits).map(({ id, name, spec, labels, status, attachedNetworks }) => ({ id, name, image: spec.image, labels, status, attachedNetworks: [...attachedNetworks] }));
  }

  async inspectContainer(id: string, signal?: AbortSignal): Promise<EngineContainer | null> {
    await this.#turn(signal);
    const container = this.#containers.find(id);
    return container ? view(container) : null;
  }

  async listContainers(labels: Labels, signal?: AbortSignal): Promise<EngineContainer[]> {
    await this.#turn(signal);
    return this.#containers.all().filter((container) => carries(container, labels)).map(view);
  }

  async updateLimits(id: string, limits: ResourceLimits, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    const container = this.#containers.get(id);
    container.limits = { ...checkLimits(limits) };
  }

  async waitForExit(id: string, signal?: AbortSignal): Promise<ContainerExit> {
    await this.#turn(signal);
    const container = this.#containers.find(id);
    if (!container) return { exitCode: null, error: `There is no container ${id}.`, finishedAt: null, oomKilled: false, signal: null };
    while (container.status === 'running') await this.#events.next(signal);
    return container.exit ?? { exitCode: 0, error: null, finishedAt: null, oomKilled: false, signal: null };
  }

  async *streamLogs(id: string, options: { follow: boolean; tail?: number }, signal?: AbortSignal): AsyncGenerator<LogFrame, void, void> {
    await this.#turn(signal);
    const container = this.#containers.get(id);
    yield* options.tail === undefined ? container.log : container.log.slice(container.log.length - options.tail);
    while (options.follow && container.status === 'running' && signal?.aborted !== true) await this.#events.next(signal).catch(() => undefined);
  }

  async exec(id: string, command: ExecCommand, signal?: AbortSignal): Promise<ExecResult> {
    await this.#turn(signal);
    const { spec } = this.#containers.running(id);
    const given = this.#options.onExec?.(id, command, spec);
    if (given) return given;
    const result = runProgram(command.argv);
    if (result === null) throw new AnyonError('unavailable', `Could not run ${command.argv[0]}: it did not end within ${(command.timeoutMs ?? 30_000) / 1000} s.`);
    const max = command.maxOutputBytes ?? 1024 * 1024;
    return { exitCode: result.exitCode, stdout: result.stdout.subarray(0, max), stderr: Buffer.alloc(0), truncated: result.stdout.length > max };
  }

  async execDetached(id: string, command: ExecCommand, signal?: AbortSignal): Promise<void> {
    await this.#turn(signal);
    this.#containers.running(id);
    this.#options.onExecDetached?.(id, command);
  }

  async openTerminal(id: string, command: TerminalCommand, signal?: AbortSignal): Promise<Terminal> {
    await this.#turn(signal);
    this.#containers.running(id);
    return fakeTerminal(command, signal);
  }

  /** None of its programs attends: whoever asks gets no answer, as in a container of an older image. */
  async attend(id: string, _user: string, signal?: AbortSignal): Promise<Attendant> {
    await this.#turn(signal);
    this.#containers.running(id);
    return { isThere: false, ask: async () => Promise.resolve(null), dismiss: () => {} };
  }

  async dialPort(id: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    await this.#turn(signal);
    this.#containers.running(id);
    throw new DialRefusedError(port);
  }

  async readStats(id: string, signal?: AbortSignal): Promise<ContainerStats> {
    await this.#turn(signal);
    const { limits, startedAt } = this.#containers.running(id);
    // As if it had used one core in a hundred ever since its start.
    const cpuNanoseconds = Math.max(0, Date.now() - Date.parse(startedAt ?? '')) * 1e4;
    return { readAt: new Date().toISOString(), cpuNanoseconds, memoryBytes: 1024 * 1024, memoryLimitBytes: limits.memoryBytes, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0 };
  }

  async readOwnFilesBytes(id: string, signal?: AbortSignal): Promise<number | null> {
    await this.#turn(signal);
    return this.#containers.find(id) ? 0 : null;
  }

  async *streamEvents(labels: Labels, signal: AbortSignal, since?: string): AsyncGenerator<EngineEvent, void, void> {
    await this.#turn(signal);
    yield* this.#events.follow(labels, signal, since);
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    await Promise.resolve();
    signal?.throwIfAborted();
    if (this.down) throw new AnyonError('unavailable', 'Could not reach Docker. Start Docker and try again.');
  }

  #end(container: FakeContainer, exitCode: number): void {
    const exit = { exitCode, error: null, finishedAt: new Date().toISOString(), oomKilled: false, signal: signalOfExitCode(exitCode) };
    Object.assign(container, { status: 'exited', exit });
    this.#events.tell('die', container);
  }
}
