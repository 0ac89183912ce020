import { usualEgressHosts, type EgressPolicy } from '@/contract/egress';
import { recoveryPolicySchema, type RecoveryPolicy } from '@/contract/recovery';
import { workspaceLimitsSchema, type CreateWorkspaceInput, type WorkspaceLimits } from '@/contract/workspace';
import { checkImageReference } from '@/server/containers/image-reference';
import { env } from '@/server/env';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** What a person may choose about a workspace, as columns of its row. */
export type WorkspaceSettings = Pick<
  WorkspaceRow,
  | 'memoryBytes'
  | 'cpus'
  | 'pids'
  | 'diskBytes'
  | 'image'
  | 'egressLevel'
  | 'egressHosts'
  | 'recoveryMaxRetries'
  | 'recoveryBackoffSeconds'
  | 'recoveryFallback'
  | 'setupScript'
  | 'idleStopMinutes'
>;

/** Something that has settings: another workspace, or a template, whose image may be left open. */
type SettingsSource = Omit<WorkspaceSettings, 'image'> & { image: string | null };

type Chosen = Pick<CreateWorkspaceInput, 'limits' | 'image' | 'egress' | 'recovery' | 'setupScript' | 'idleStopMinutes'>;

/** The settings of a new workspace: what its creator chose, else what the template says, else the defaults of the install. */
export function newWorkspaceSettings(chosen: Chosen, template: SettingsSource | null): WorkspaceSettings {
  const base = template ? settingsOf(template) : installSettings();
  return {
    ...base,
    ...(chosen.limits && limitColumns(chosen.limits)),
    ...(chosen.image && { image: checkImageReference(chosen.image) }),
    ...(chosen.egress && egressColumns(chosen.egress)),
    ...(chosen.recovery && recoveryColumns(chosen.recovery)),
    ...(chosen.setupScript !== undefined && { setupScript: scriptColumn(chosen.setupScript) }),
    ...(chosen.idleStopMinutes !== undefined && { idleStopMinutes: chosen.idleStopMinutes }),
  };
}

/** The settings that another workspace or a template has. A template without an image means the image of the install. */
export function settingsOf(from: SettingsSource): WorkspaceSettings {
  return {
    memoryBytes: from.memoryBytes,
    cpus: from.cpus,
    pids: from.pids,
    diskBytes: from.diskBytes,
    image: from.image ?? env().ANYON_CLOUD_IMAGE,
    egressLevel: from.egressLevel,
    egressHosts: from.egressHosts,
    recoveryMaxRetries: from.recoveryMaxRetries,
    recoveryBackoffSeconds: from.recoveryBackoffSeconds,
    recoveryFallback: from.recoveryFallback,
    setupScript: from.setupScript,
    idleStopMinutes: from.idleStopMinutes,
  };
}

function installSettings(): WorkspaceSettings {
  const level = env().ANYON_EGRESS_DEFAULT;
  return {
    ...limitColumns(workspaceLimitsSchema.parse({})),
    image: env().ANYON_CLOUD_IMAGE,
    ...egressColumns({ level, hosts: level === 'allow-list' ? [...usualEgressHosts] : [] }),
    ...recoveryColumns(recoveryPolicySchema.parse({})),
    setupScript: null,
    idleStopMinutes: env().ANYON_IDLE_STOP_MINUTES || null,
  };
}

export function limitColumns({ memoryBytes, cpus, pids, diskBytes }: WorkspaceLimits) {
  return { memoryBytes, cpus, pids, diskBytes };
}

export function egressColumns(policy: EgressPolicy) {
  return { egressLevel: policy.level, egressHosts: policy.hosts };
}

export function recoveryColumns(policy: RecoveryPolicy) {
  return { recoveryMaxRetries: policy.maxRetries, recoveryBackoffSeconds: policy.backoffSeconds, recoveryFallback: policy.fallback };
}

/** A script of nothing but blanks is none. */
export function scriptColumn(script: string | null): string | null {
  return script?.trim() ? script : null;
}
