import type { ContainerExit } from '@/contract/container-exit';
import type { ContainerSpec, EngineContainer, EngineInfo, Labels, LogFrame, ResourceLimits } from '@/server/containers/engine';

export const IMAGE_ID = `sha256:${'0'.repeat(64)}`;

/** What the engine in memory has instead of a container. */
export interface FakeContainer {
  id: string;
  spec: ContainerSpec;
  labels: Labels;
  name: string;
  status: 'created' | 'running' | 'paused' | 'exited';
  attachedNetworks: string[];
  startedAt: string | null;
  exit: ContainerExit | null;
  log: LogFrame[];
  limits: ResourceLimits;
}

/** What the engine in memory says of itself, unless told otherwise. */
export const usualInfo: EngineInfo = {
  version: '0.0.0-fake',
  memoryBytes: 16 * 1024 ** 3,
  cpus: 4,
  runtimes: ['runc'],
  defaultRuntime: 'runc',
  liveRestore: true,
  storageDriver: 'overlay2',
  cgroupVersion: '2',
  securityOptions: ['name=seccomp,profile=default'],
  logDrivers: ['json-file'],
  kernelVersion: '6.1.0',
  warnings: [],
  systemTime: '',
  dataRoot: '/var/lib/docker',
  addressPools: [],
};

/** What a program of the fake prints and ends with; null while it would go on. */
export function runProgram(argv: readonly string[]): { exitCode: number; stdout: Buffer } | null {
  const [program, ...parameters] = argv;
  if (program === 'sleep') return null;
  if (program === 'echo') return { exitCode: 0, stdout: Buffer.from(`${parameters.join(' ')}\n`) };
  if (program === 'true' || program === 'false') return { exitCode: program === 'true' ? 0 : 1, stdout: Buffer.alloc(0) };
  return { exitCode: 127, stdout: Buffer.alloc(0) };
}

export function carries(object: { labels: Labels }, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => object.labels[name] === value);
}

export function view(container: FakeContainer): EngineContainer {
  const { id, name, spec, labels, status, startedAt, exit } = container;
  const common = { id, name, image: spec.image, imageId: IMAGE_ID, labels, status, startedAt, exit, limits: { ...container.limits } };
  return { ...common, runtime: spec.runtime ?? usualInfo.defaultRuntime, network: spec.network, address: status === 'running' ? '10.213.0.2' : null, attachedNetworks: [...container.attachedNetworks] };
}
