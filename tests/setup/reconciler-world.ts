import type { Finding } from '@/server/workspaces/reconcile/finding';
import type { KnownRows, KnownWorkspace, OpenTask } from '@/server/workspaces/reconcile/known-rows';
import type { Machine, SeenContainer, SeenDirectories } from '@/server/workspaces/reconcile/machine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** Rows and objects of an engine as the reconciler sees them, made up by numbers: workspace 1 has container c1 and network n1. */
export const INSTANCE = 'anyon';
export const at = new Date('2026-01-02T12:00:00Z');
export const longAgo = new Date(at.getTime() - 60 * 60_000);
export const SPEC = 'spec-1';
export const id = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
export const nothing: SeenDirectories = { workspaces: [], exchanges: [], worktrees: [], runs: [], secrets: [] };

export function workspace(number: number, row: Partial<WorkspaceRow> = {}, openTask: OpenTask | null = null): KnownWorkspace {
  const defaults = { id: id(number), name: `w${number}`, status: 'running', statusReason: null, desired: 'running', containerId: `c${number}`, containerStatus: 'running', containerStartedAt: null, image: 'image', memoryBytes: 4 * 1024 ** 3, fence: 7, clonedAt: longAgo };
  const policy = { recoveryMaxRetries: 3, recoveryBackoffSeconds: 5, recoveryFallback: 'stop', recoveryAttempts: 0, recoveryNextAt: null, lastError: null, lastErrorClass: null };
  return { row: { ...defaults, ...policy, ...row } as WorkspaceRow, containerName: nameOf(number), networkName: networkOf(number), spec: SPEC, openTask };
}

export const nameOf = (number: number) => `${INSTANCE}-workspace-${id(number)}`;
export const networkOf = (number: number) => `${INSTANCE}-network-${id(number)}`;
export const labelsOf = (number: number, instance = INSTANCE) => ({ 'anyon.instance': instance, 'anyon.workspace': id(number), 'anyon.spec': SPEC });

export function container(number: number, change: Partial<SeenContainer> = {}): SeenContainer {
  return { id: `c${number}`, name: nameOf(number), image: 'image', labels: labelsOf(number), status: 'running', attachedNetworks: [networkOf(number)], startedAt: null, exit: null, ...change };
}
export const network = (number: number) => ({ id: `n${number}`, name: networkOf(number), labels: labelsOf(number) });

export function machine(change: Partial<Machine> = {}): Machine {
  return { at, containers: [], networks: [], absentImages: new Set(), lostFiles: new Set(), directories: null, protection: null, ...change };
}

export function rows(workspaces: KnownWorkspace[], change: Partial<KnownRows> = {}): KnownRows {
  return { instance: INSTANCE, workspaces: new Map(workspaces.map((one) => [one.row.id, one])), newcomers: new Set(), past: new Map(), runs: new Map(), workThatIsOver: [], ownsDirectory: true, ...change };
}

export const brief = (findings: Finding[]) => findings.map(({ object, action, effect }) => `${action} ${object}${effect ? `: ${effect.do}` : ''}`);
export const directory = (name: string, place = '/data') => ({ name, path: `${place}/${name}`, changedAt: longAgo });

