import type { AnyonApi, Workspace } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';
import { visibleLine } from '@/cli/output/visible-text';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True for a text that is an id, and then never a name. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/** The workspace that a person means by its id or name; upper and lower case only count where two names differ in nothing else. */
export async function findWorkspace(api: AnyonApi, said: string): Promise<Workspace> {
  if (isId(said)) return api.workspace(said);
  const all = await api.workspaces();
  const exact = all.filter(({ name }) => name === said);
  const found = exact.length > 0 ? exact : all.filter(({ name }) => name.toLowerCase() === said.toLowerCase());
  if (found.length === 1 && found[0]) return api.workspace(found[0].id);
  if (found.length > 1) throw new CliError('invalid', `${found.length} workspaces have the name “${said}”. Say which by its id:\n${found.map(({ id, owner, repositoryUrl }) => `  ${id}  ${visibleLine(owner.login)}  ${visibleLine(repositoryUrl)}`).join('\n')}`);
  throw new CliError('not_found', `There is no workspace “${said}”, or it is not yours. \`anyon workspaces\` lists them.`);
}
