import { createWorkspaceInput, type CreateWorkspaceInput } from '@/contract/workspace';
import type { TemplateView } from '@/contract/template';
import { draftOf, plainSettings, problemsOf, readDraft, type Problems, type Settings, type SettingsDraft } from '@/components/settings/settings-draft';

/** A further repository while its fields are filled in. */
export interface RepositoryDraft {
  url: string;
  branch: string;
  folder: string;
}

/** The form for a new workspace. */
export interface CreateDraft {
  repositoryUrl: string;
  branch: string;
  name: string;
  /** Empty: none. */
  templateId: string;
  settings: SettingsDraft;
  /** Groups of settings that were touched: only they are sent, the rest comes from the template or the install. */
  touched: ReadonlySet<keyof Settings>;
  extraRepositories: RepositoryDraft[];
}

export const emptyDraft: CreateDraft = { repositoryUrl: '', branch: '', name: '', templateId: '', settings: draftOf(plainSettings), touched: new Set(), extraRepositories: [] };

const groupOf: Readonly<Record<keyof SettingsDraft, keyof Settings>> = {
  memoryGib: 'limits',
  cpus: 'limits',
  pids: 'limits',
  diskGib: 'limits',
  image: 'image',
  egressLevel: 'egress',
  egressHosts: 'egress',
  maxRetries: 'recovery',
  backoffSeconds: 'recovery',
  fallback: 'recovery',
  setupScript: 'setupScript',
  idleStopMinutes: 'idleStopMinutes',
};

export function withSettings(draft: CreateDraft, change: Partial<SettingsDraft>): CreateDraft {
  const groups = (Object.keys(change) as (keyof SettingsDraft)[]).map((field) => groupOf[field]);
  return { ...draft, settings: { ...draft.settings, ...change }, touched: new Set([...draft.touched, ...groups]) };
}

/** Begins anew with what the template says; undefined stands for no template. */
export function withTemplate(draft: CreateDraft, template: TemplateView | undefined, install: Partial<Settings>): CreateDraft {
  return { ...draft, templateId: template?.id ?? '', settings: draftOf(template ?? { ...plainSettings, ...install }), touched: new Set() };
}

/** What is sent, or what is wrong with the fields. */
export function readCreateDraft(draft: CreateDraft): { input: CreateWorkspaceInput | null; problems: Problems } {
  const { settings, problems } = readDraft(draft.settings);
  const sent = (group: keyof Settings) => draft.touched.has(group) || (group === 'limits' && draft.templateId === '');
  const result = createWorkspaceInput.safeParse({
    repositoryUrl: draft.repositoryUrl,
    branch: draft.branch.trim() || undefined,
    name: draft.name.trim() || undefined,
    templateId: draft.templateId || undefined,
    ...(sent('limits') && { limits: settings?.limits }),
    ...(sent('image') && { image: settings?.image ?? undefined }),
    ...(sent('egress') && { egress: settings?.egress }),
    ...(sent('recovery') && { recovery: settings?.recovery }),
    ...(sent('setupScript') && { setupScript: settings?.setupScript ?? '' }),
    ...(sent('idleStopMinutes') && { idleStopMinutes: settings?.idleStopMinutes }),
    extraRepositories: draft.extraRepositories.map(({ url, branch, folder }) => ({ url, branch: branch.trim() || null, folder })),
  });
  const all = { ...problems, ...(result.success ? {} : extraProblems(problemsOf(result.error), draft)) };
  return result.success && settings ? { input: result.data, problems: {} } : { input: null, problems: all };
}

/** Entries are named by their folder, because a problem's place is given by its field only. */
function extraProblems(problems: Problems, { extraRepositories }: CreateDraft): Problems {
  const { 'extraRepositories.url': url, 'extraRepositories.folder': folder, 'extraRepositories.branch': branch, ...rest } = problems;
  const first = url ?? branch ?? folder;
  return first && extraRepositories.length > 0 ? { ...rest, extraRepositories: rest['extraRepositories'] ?? first } : rest;
}
