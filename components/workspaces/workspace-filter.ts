import { workspaceStatuses, type ListedWorkspace, type WorkspaceStatus } from '@/contract/workspace';

/** What the list shows. An empty list of states stands for all but the archived ones. */
export interface WorkspaceListFilter {
  states: WorkspaceStatus[];
  ownerId: string | null;
  repositoryUrl: string | null;
  text: string;
}

/** Reads the filter from the address; what makes no sense there is left out. */
export function readFilter(params: Pick<URLSearchParams, 'get'>): WorkspaceListFilter {
  const asked = new Set((params.get('state') ?? '').split(','));
  return {
    states: workspaceStatuses.filter((status) => asked.has(status)),
    ownerId: params.get('owner'),
    repositoryUrl: params.get('repository'),
    text: params.get('q') ?? '',
  };
}

/** The filter as the query of an address, without the question mark; empty for no filter. */
export function writeFilter({ states, ownerId, repositoryUrl, text }: WorkspaceListFilter): string {
  const params = new URLSearchParams();
  if (states.length > 0) params.set('state', states.join(','));
  if (ownerId) params.set('owner', ownerId);
  if (repositoryUrl) params.set('repository', repositoryUrl);
  if (text.trim() !== '') params.set('q', text);
  return params.toString();
}

export function isFiltered(filter: WorkspaceListFilter): boolean {
  return writeFilter(filter) !== '';
}

/** Every condition must hold; the text may stand in the name, the repository, the branch or the owner's name. */
export function matchesFilter({ states, ownerId, repositoryUrl, text }: WorkspaceListFilter, workspace: ListedWorkspace): boolean {
  if (states.length === 0 ? workspace.status === 'archived' : !states.includes(workspace.status)) return false;
  if (ownerId && workspace.owner.id !== ownerId) return false;
  if (repositoryUrl && workspace.repositoryUrl !== repositoryUrl) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const said = `${workspace.name} ${workspace.repositoryUrl} ${workspace.branch ?? ''} ${workspace.owner.login}`.toLowerCase();
  return words.every((word) => said.includes(word));
}
