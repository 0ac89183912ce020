import type { z } from 'zod';
import { templateFieldsSchema, type TemplateFields } from '@/contract/template';
import type { EgressLevel } from '@/contract/egress';
import type { RecoveryFallback } from '@/contract/recovery';
import { workspaceLimitsSchema } from '@/contract/workspace';
import { GIB } from '@/components/ui/quantities';

/** What workspaces and templates have in common and can be set. */
export type Settings = Omit<TemplateFields, 'name' | 'description'>;

/** The same while it is being edited: as it stands in the fields. */
export interface SettingsDraft {
  memoryGib: string;
  cpus: string;
  pids: string;
  /** Empty: no limit. */
  diskGib: string;
  /** Empty: the install's image. */
  image: string;
  egressLevel: EgressLevel;
  /** One on each line. */
  egressHosts: string;
  maxRetries: string;
  backoffSeconds: string;
  fallback: RecoveryFallback;
  setupScript: string;
  /** Empty: never. */
  idleStopMinutes: string;
}

/** By field, the sentence that says what is wrong with it: `limits.memoryBytes`, `egress.hosts`. */
export type Problems = Partial<Record<string, string>>;

const settingsSchema = templateFieldsSchema.omit({ name: true, description: true });

/** What a new workspace or template begins with when nobody has chosen anything. */
export const plainSettings: Settings = {
  limits: workspaceLimitsSchema.parse({}),
  image: null,
  egress: { level: 'open', hosts: [] },
  recovery: settingsSchema.shape.recovery.parse({}),
  setupScript: null,
  idleStopMinutes: null,
};

export function draftOf({ limits, image, egress, recovery, setupScript, idleStopMinutes }: Settings): SettingsDraft {
  return {
    memoryGib: String(limits.memoryBytes / GIB),
    cpus: String(limits.cpus),
    pids: String(limits.pids),
    diskGib: limits.diskBytes === null ? '' : String(limits.diskBytes / GIB),
    image: image ?? '',
    egressLevel: egress.level,
    egressHosts: egress.hosts.join('\n'),
    maxRetries: String(recovery.maxRetries),
    backoffSeconds: String(recovery.backoffSeconds),
    fallback: recovery.fallback,
    setupScript: setupScript ?? '',
    idleStopMinutes: idleStopMinutes === null ? '' : String(idleStopMinutes),
  };
}

/** Checks a draft by the rules that the server has; either the settings or what is wrong. */
export function readDraft(draft: SettingsDraft): { settings: Settings | null; problems: Problems } {
  const hosts = draft.egressHosts.split(/[\s,]+/).filter(Boolean);
  const result = settingsSchema.safeParse({
    limits: { memoryBytes: bytes(draft.memoryGib), cpus: number(draft.cpus), pids: number(draft.pids), diskBytes: draft.diskGib.trim() === '' ? null : bytes(draft.diskGib) },
    image: draft.image.trim() === '' ? null : draft.image,
    egress: { level: draft.egressLevel, hosts },
    recovery: { maxRetries: number(draft.maxRetries), backoffSeconds: number(draft.backoffSeconds), fallback: draft.fallback },
    setupScript: draft.setupScript.trim() === '' ? null : draft.setupScript,
    idleStopMinutes: draft.idleStopMinutes === '' ? null : number(draft.idleStopMinutes),
  });
  return result.success ? { settings: result.data, problems: {} } : { settings: null, problems: problemsOf(result.error, hosts) };
}

/** The first sentence for each field. An entry of a list is named in front of its sentence. */
export function problemsOf(error: z.ZodError, hosts: readonly string[] = []): Problems {
  const problems: Problems = {};
  for (const { path, message, code } of error.issues) {
    const position = path.find((part) => typeof part === 'number');
    const entry = position === undefined ? undefined : hosts[position];
    const sentence = code === 'invalid_type' ? 'Enter a number.' : message;
    problems[path.filter((part) => typeof part === 'string').join('.')] ??= entry ? `${entry}: ${sentence}` : sentence;
  }
  return problems;
}

function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.'));
}

function bytes(gib: string): number {
  return Math.round(number(gib) * GIB);
}
