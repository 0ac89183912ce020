import type { ContainerExit } from '@/contract/container-exit';

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
  /** Local image first, else pull with retries. An image with `pull: 'never'` that is absent is a `precondition` error that names the build command. */
  ensureImage(reference: string, options?: EnsureImageOptions): Promise<EngineImage>;
  /** Creates the network if absent (inter-container traffic off). Safe to repeat; one of that name without this isolation is a `conflict`. */
  ensureNetwork(name: string, labels: Labels, signal?: AbortSignal): Promise<void>;
  /** Removes the network; absent is fine. */
  removeNetwork(name: string, signal?: AbortSignal): Promise<void>;
  /** Address of the host as seen from containers on the default bridge; null when the engine has none. */
  hostGateway(signal?: AbortSignal): Promise<string | null>;
  /** Creates (does not start) a container from the hardened profile; returns its id. */
  createContainer(spec: ContainerSpec, signal?: AbortSignal): Promise<string>;
  /** Starts it; already running is fine. */
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** SIGTERM, then SIGKILL after the grace period; already stopped is fine. */
  stopContainer(id: string, options: { graceSeconds: number }, signal?: AbortSignal): Promise<void>;
  killContainer(id: string, killSignal: string, signal?: AbortSignal): Promise<void>;
  restartContainer(id: string, options: { graceSeconds: number }, signal?: AbortSignal): Promise<void>;
  /** Force-removes it with its anonymous volumes and returns when it is gone; absent is fine. */
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Null when there is no such container. Accepts an id or a name. */
  inspectContainer(id: string, signal?: AbortSignal): Promise<EngineContainer | null>;
  /** Containers (running or not) that carry all these labels. */
  listContainers(labels: Labels, signal?: AbortSignal): Promise<EngineContainer[]>;
  /** Waits for the end, however long. Falls back to inspect when waiting fails; when both fail both reasons are in `error` and the exit code is null. */
  waitForExit(id: string, signal?: AbortSignal): Promise<ContainerExit>;
  /** The container's own log (a debugging aid; run output never passes here), stdout, stderr and console told apart. */
  streamLogs(id: string, options: { follow: boolean; tail?: number }, signal?: AbortSignal): AsyncIterable<LogFrame>;
  /** Runs a short command to its end and captures its output, bounded. A program that does not exist is exit code 126 or 127. One that outlives its time limit goes on in the container. */
  exec(id: string, command: ExecCommand, signal?: AbortSignal): Promise<ExecResult>;
  /** Starts a command that outlives this process, the connection and the engine. Nothing of its output passes through the engine. */
  execDetached(id: string, command: Omit<ExecCommand, 'timeoutMs' | 'maxOutputBytes'>, signal?: AbortSignal): Promise<void>;
  /** One reading of resource use; takes about a second, for CPU use is the difference of two moments. */
  readStats(id: string, signal?: AbortSignal): Promise<ContainerStats>;
  /** Container events for these labels from now on; ends with the connection. A hint, never the truth: re-list as well. */
  streamEvents(labels: Labels, signal: AbortSignal): AsyncIterable<EngineEvent>;
}

export type Labels = Readonly<Record<string, string>>;

export interface EngineVersion {
  version: string;
  apiVersion: string;
  os: string;
  arch: string;
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
 * Source must be a folder of a workspace (`<data>/workspaces/<id>/…`) that no symbolic link leads to, target /workspace,
 * /anyon or below one of them; container-mounts.ts refuses anything else.
 */
export interface BindMount {
  source: string;
  target: string;
  readOnly?: boolean;
}

export type ContainerStatus = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface EngineContainer {
  id: string;
  name: string;
  image: string;
  labels: Labels;
  status: ContainerStatus;
  startedAt: string | null;
  exit: ContainerExit | null;
  limits: ResourceLimits;
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

export interface ExecResult {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
  truncated: boolean;
}

export interface ContainerStats {
  readAt: string;
  /** 1.0 is one core. */
  cpus: number;
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
  /** Where the engine keeps its data. */
  dataRoot: string;
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
