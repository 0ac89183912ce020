import type { ContainerExit } from '@/contract/container-exit';
import type { ContainerStatus, EngineNetwork, Labels } from '@/server/containers/engine';

/** What is on the machine at one moment, as far as it is ours or looks like it. Facts only; what they mean is judged elsewhere. */
export interface Machine {
  at: Date;
  /** Those with our instance's label, or with a name like ours. */
  containers: readonly SeenContainer[];
  networks: readonly Pick<EngineNetwork, 'id' | 'name' | 'labels'>[];
  /** Images that a workspace needs and the engine does not have. */
  absentImages: ReadonlySet<string>;
  /** Workspaces whose files are not where they should be. */
  lostFiles: ReadonlySet<string>;
  /** Null when they were not looked at. */
  directories: SeenDirectories | null;
  /** Null when it was not looked at. */
  protection: Protection | null;
}

/** What keeps workspaces from this machine and from each other's disk. */
export interface Protection {
  /** Why the firewall rules are not in force; null when they are. */
  firewallProblem: string | null;
  /** Whether Anyon may set them: it is meant to, and runs as root. */
  maySetFirewall: boolean;
  /** Workspaces whose directory the file system does not hold to a limit although it could. */
  withoutQuota: ReadonlySet<string>;
}

export interface SeenContainer {
  id: string;
  name: string;
  image: string;
  labels: Labels;
  status: ContainerStatus;
  attachedNetworks: readonly string[];
  /** Known of those that were inspected: what does not run, and what a row does not know yet. */
  startedAt: string | null;
  exit: ContainerExit | null;
}

export interface SeenDirectories {
  /** `<data>/workspaces/*` */
  workspaces: readonly SeenDirectory[];
  /** `<data>/workspaces/<id>/exchange/*`: its content is the container's word. */
  exchanges: readonly (SeenDirectory & { workspaceId: string })[];
  /** `<data>/workspaces/<id>/files/worktrees/*` */
  worktrees: readonly (SeenDirectory & { workspaceId: string })[];
  /** `<data>/runs/*` */
  runs: readonly SeenDirectory[];
  /** `<temp>/cloud-secrets/<workspace>/*`: named after an attempt of a run, or a clone. */
  secrets: readonly (SeenDirectory & { workspaceId: string })[];
}

/** An entry that is a directory itself; links and files are never in here. */
export interface SeenDirectory {
  name: string;
  path: string;
  /** When it last changed in any way, its place included. */
  changedAt: Date;
}

/** The workspace an object says it belongs to; null when it says none or is not of this instance. */
export function workspaceOf(labels: Labels, instance: string): string | null {
  if (labels['anyon.instance'] !== instance) return null;
  const id = labels['anyon.workspace'];
  return id !== undefined && isId(id) ? id : null;
}

/** True for ids as this product gives them out (and as Postgres takes them). */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}

/** A later attempt of a run is called by the run's id, a dash and its number. */
export function runNamedBy(name: string): string {
  return name.replace(/-\d+$/, (number, at: number) => (at === 36 ? '' : number));
}
