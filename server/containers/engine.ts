import type { Duplex } from 'node:stream';
import type { ContainerExit } from '@/contract/container-exit';
import type { Attendant } from '@/server/containers/attendant';

/**
 * The contract between Anyon and a container engine. `docker-engine.ts` implements it over the Docker socket and
 * `tests/fakes/fake-engine.ts` in memory; both pass `tests/integration/engine-contract`. Every method takes an optional
 * `AbortSignal`, and throws `AnyonError`: `unavailable` when the engine cannot be reached or does not answer in time,
 * `not_found` for an absent object, `precondition` for an absent local image or a container that is not running,
 * `conflict` for a taken name, `limit_reached` for a full disk or no free addresses, `invalid` for what no engine is even
 * asked. A call that its caller aborts rejects with the signal's own reason; a stream then ends quietly.
 */
export interface ContainerEngine {
  /** Health check. Rejects with a message that starts `Failed to fetch Docker version` and says what to do. */
  version(signal?: AbortSignal): Promise<EngineVersion>;
  /** What the engine says about itself and its host. */
  info(signal?: AbortSignal): Promise<EngineInfo>;
  /** Local image first, else pull with retries. An image with `pull: 'never'` that is absent is a `precondition` error that names the build command. */
  ensureImage(reference: string, options?: EnsureImageOptions): Promise<EngineImage>;
  /**
   * Creates the network if absent: inter-container traffic off, a free /28 of the pool, the bridge of that name. Safe to repeat.
   * One that carries all the labels but is otherwise is replaced when no container runs in it; any other of that name is a `conflict`.
   */
  ensureNetwork(spec: NetworkSpec, signal?: AbortSignal): Promise<EngineNetwork>;
  /** Networks that carry all these labels. */
  listNetworks(labels: Labels, signal?: AbortSignal): Promise<EngineNetwork[]>;
  /** Null when there is no network of that name. */
  inspectNetwork(name: string, signal?: AbortSignal): Promise<EngineNetwork | null>;
  /** Removes the network; absent is fine. */
  removeNetwork(name: string, signal?: AbortSignal): Promise<void>;
  /** Address of the host as seen from containers on the default bridge; null when the engine has none. */
  hostGateway(signal?: AbortSignal): Promise<string | null>;
  /**
   * Creates (does not start) a container from the hardened profile; returns its id. A runtime that the engine does not know,
   * or more open files than its host allows, is a `precondition` error before anything is created.
   */
  createContainer(spec: ContainerSpec, signal?: AbortSignal): Promise<string>;
  /** Starts it; already running is fine. */
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** SIGTERM, then SIGKILL after the grace period; already stopped is fine. */
  stopContainer(id: string, options: { graceSeconds: number }, signal?: AbortSignal): Promise<void>;
  killContainer(id: string, killSignal: string, signal?: AbortSignal): Promise<void>;
  restartContainer(id: string, options: { graceSeconds: number }, signal?: AbortSignal): Promise<void>;
  /** Force-removes it with its anonymous volumes and returns when it is gone; absent is fine. */
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Gives it this name; it has it already is fine, taken by another is a `conflict`. */
  renameContainer(id: string, name: string, signal?: AbortSignal): Promise<void>;
  /** Lets a paused container go on; one that runs is fine. */
  unpauseContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Puts a container on a network; being there already is fine. */
  connectNetwork(network: string, containerId: string, signal?: AbortSignal): Promise<void>;
  /** Null when there is no such container. Accepts an id or a name. */
  inspectContainer(id: string, signal?: AbortSignal): Promise<EngineContainer | null>;
  /**
   * Changes the limits of a container, running or not; they hold at once. Less memory than it uses now is a `precondition`
   * error: the kernel would kill its processes.
   */
  updateLimits(id: string, limits: ResourceLimits, signal?: AbortSignal): Promise<void>;
  /** Containers (running or not) that carry all these labels. Each is inspected, eight at a time: half a millisecond per container. */
  listContainers(labels: Labels, signal?: AbortSignal): Promise<EngineContainer[]>;
  /** The same without exits, limits and times: one quick question however many there are, which one container that hangs does not hold up. */
  summarizeContainers(filter: ContainerFilter, signal?: AbortSignal): Promise<ContainerSummary[]>;
  /** Waits for the end, however long. Falls back to inspect when waiting fails; when both fail both reasons are in `error` and the exit code is null. */
  waitForExit(id: string, signal?: AbortSignal): Promise<ContainerExit>;
  /** The container's own log (a debugging aid; run output never passes here), stdout, stderr and console told apart. */
  streamLogs(id: string, options: { follow: boolean; tail?: number }, signal?: AbortSignal): AsyncIterable<LogFrame>;
  /** Runs a short command to its end and captures its output, bounded. A program that does not exist is exit code 126 or 127. One that outlives its time limit goes on in the container. */
  exec(id: string, command: ExecCommand, signal?: AbortSignal): Promise<ExecResult>;
  /** Starts a command that outlives this process, the connection and the engine. Nothing of its output passes through the engine. */
  execDetached(id: string, command: Omit<ExecCommand, 'timeoutMs' | 'maxOutputBytes'>, signal?: AbortSignal): Promise<void>;
  /**
   * Runs a command on a terminal of its own and stays connected to it, for programs that talk with a person. What passes is
   * stored nowhere. The command outlives the connection.
   */
  openTerminal(id: string, command: TerminalCommand, signal?: AbortSignal): Promise<Terminal>;
  /** Brings the wrapper's attendant into the container and stays connected to it; nothing of what passes is stored. It goes with the connection. */
  attend(id: string, user: string, signal?: AbortSignal): Promise<Attendant>;
  /**
   * Connects with a port on which a program of the container listens, from inside, so that one on the loopback address is reached too.
   * Throws `DialRefusedError` when nobody listens there. Destroy it always.
   */
  dialPort(id: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /** One reading of resource use: a matter of milliseconds, of a second where an old engine runs on another host. CPU time is counted from the container's start: use is the difference of two readings. */
  readStats(id: string, signal?: AbortSignal): Promise<ContainerStats>;
  /** Bytes that a container has written into its own file system, beside its mounts. The engine walks the files for it: ask seldom. Null when there is no such container. */
  readOwnFilesBytes(id: string, signal?: AbortSignal): Promise<number | null>;
  /**
   * Container events for these labels, from now on or, as far as the engine remembers, from that moment on (ISO time of an
   * earlier event, which then comes once more); ends with the connection. A hint, never the truth: re-list as well.
   */
  streamEvents(labels: Labels, signal: AbortSignal, since?: string): AsyncIterable<EngineEvent>;
}

export type Labels = Readonly<Record<string, string>>;

export interface EngineVersion {
  version: string;
  apiVersion: string;
  os: string;
  arch: string;
  /** The parts it names, e.g. containerd and runc, with their versions. */
  components: Readonly<Record<string, string>>;
}

export interface EngineImage {
  id: string;
  reference: string;
}

export interface EnsureImageOptions {
  pull?: 'if-absent' | 'never';
  /** Tries in all; default 3. */
  attempts?: number;
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
}

/** All that may be said about a container. What is not here cannot be set: container-spec.ts turns it into the one HostConfig. */
export interface ContainerSpec {
  name: string;
  image: string;
  labels: Labels;
  /** Never secrets: visible in inspect and on disk. */
  env: Readonly<Record<string, string>>;
  /** Numeric `uid:gid`; never 0. */
  user: string;
  network: string;
  command?: readonly string[];
  limits: ResourceLimits;
  /** By the name the engine knows it by; null or absent: the engine's default. Never another one instead. */
  runtime?: string | null;
  /** Open files per process; default 16 384. */
  openFiles?: number;
  /** IP addresses of the name servers to ask, with little patience; absent or empty: the engine's own choice. */
  dns?: readonly string[];
  mounts: readonly BindMount[];
  /** Extra names for the host, e.g. the simulator's. */
  hosts?: Readonly<Record<string, string>>;
  /** Pseudo-terminal; default false. */
  tty?: boolean;
}

export interface ResourceLimits {
  memoryBytes: number;
  /** Whole or part of a core, e.g. 1.5. */
  cpus: number;
  pids: number;
}

/**
 * Source must be a folder of a workspace (`<workspaces>/<id>/…`, or read-only `<temp>/cloud-secrets/<id>`) that no symbolic
 * link leads to, target /workspace, /anyon or below one of them; container-mounts.ts refuses anything else.
 */
export interface BindMount {
  source: string;
  target: string;
  readOnly?: boolean;
}

export const containerStatuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;
export type ContainerStatus = (typeof containerStatuses)[number];

/** With all these labels, or with a name that begins so. */
export type ContainerFilter = { labels: Labels } | { namePrefix: string };

/** What a list tells about a container. */
export interface ContainerSummary {
  id: string;
  name: string;
  image: string;
  labels: Labels;
  status: ContainerStatus;
  /** Names of the networks it is attached to. */
  attachedNetworks: readonly string[];
}

export interface EngineContainer {
  id: string;
  name: string;
  image: string;
  /** Which image that was: a name may mean another one by now. */
  imageId: string;
  labels: Labels;
  status: ContainerStatus;
  startedAt: string | null;
  exit: ContainerExit | null;
  limits: ResourceLimits;
  /** The runtime it was made with. */
  runtime: string;
  /** Name of the network it was made with. */
  network: string;
  /** Its IPv4 address there; null while it does not run, or when it has been taken off the network. */
  address: string | null;
  /** Names of all networks it is attached to now: just `network`, unless somebody else has meddled. */
  attachedNetworks: readonly string[];
}

export interface LogFrame {
  /** `console` is the merged stream of a TTY. */
  stream: 'stdout' | 'stderr' | 'console';
  data: Buffer;
}

export interface ExecCommand {
  argv: readonly string[];
  /** Numeric `uid:gid`; default the container's user. Never 0. */
  user?: string;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Default 30 000. */
  timeoutMs?: number;
  /** Per stream; default 1 MiB. What is beyond is dropped and `truncated` says so. */
  maxOutputBytes?: number;
}

export type TerminalCommand = Omit<ExecCommand, 'timeoutMs' | 'maxOutputBytes'>;

export interface Terminal {
  /** What the program writes, with all that is meant for a screen. Ends with the program or with the connection. To be read once. */
  output(): AsyncIterable<Buffer>;
  /** As if typed. */
  write(data: string | Buffer): Promise<void>;
  /** Null while the program runs. */
  exitCode(): Promise<number | null>;
  /** Lets go of the connection. */
  close(): void;
}

export interface ExecResult {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
  truncated: boolean;
}

export interface ContainerStats {
  readAt: string;
  /** Of all cores together, since the container's start. */
  cpuNanoseconds: number;
  memoryBytes: number;
  memoryLimitBytes: number;
  pids: number;
  networkReceivedBytes: number;
  networkSentBytes: number;
}

export interface EngineEvent {
  /** Docker's word: create, start, die, oom, stop, kill, destroy and so on. */
  action: string;
  containerId: string;
  /** Those that start with `anyon.`. */
  labels: Labels;
  at: string;
}

/** What the engine says about itself and its host. */
export interface EngineInfo {
  version: string;
  memoryBytes: number;
  cpus: number;
  /** Names of the runtimes it knows. */
  runtimes: readonly string[];
  defaultRuntime: string;
  liveRestore: boolean;
  storageDriver: string;
  cgroupVersion: string;
  securityOptions: readonly string[];
  /** Names of the log drivers it has. */
  logDrivers: readonly string[];
  kernelVersion: string;
  /** What it warns of itself, in its own words. */
  warnings: readonly string[];
  /** Its clock when it answered, ISO. */
  systemTime: string;
  /** Where the engine keeps its data. */
  dataRoot: string;
  /** IPv4 ranges out of which it takes addresses for networks that ask for none; empty: those it was built with. */
  addressPools: readonly string[];
}

/** A workspace's own bridge network: traffic between its containers off, an address range of its own. */
export interface NetworkSpec {
  name: string;
  labels: Labels;
  /** Name of the bridge interface on the host, at most 15 characters: firewall rules go by its beginning. */
  bridge: string;
  /** IPv4 range out of which a free /28 is taken. */
  pool: string;
}

export interface EngineNetwork {
  id: string;
  name: string;
  labels: Labels;
  /** IPv4, e.g. 10.213.4.16/28; null when the engine does not say. */
  subnet: string | null;
  gateway: string | null;
  bridge: string | null;
}
