import type { AnyonApi, Run } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';
import { findWorkspace, isId } from '@/cli/find/find-workspace';

/** `workspace#3`: how a run is named to people. */
export function runName(workspaceName: string, number: number): string {
  return `${workspaceName}#${number}`;
}

/** The run that a person means: by its id, or as `workspace#3` by the name of its workspace and its number there. */
export async function findRun(api: AnyonApi, said: string): Promise<Run> {
  if (isId(said)) return api.run(said);
  const match = /^(.+)#([1-9]\d{0,8})$/.exec(said);
  if (!match?.[1]) throw new CliError('invalid', `“${said}” is no run. Name it by its id, or as workspace#number, such as hello#3.`);
  const workspace = await findWorkspace(api, match[1]);
  const run = await api.runByNumber(workspace.id, Number(match[2]));
  if (!run) throw new CliError('not_found', `The workspace ${workspace.name} has no run ${match[2]}. \`anyon runs "${workspace.name}"\` lists its runs.`);
  return run;
}
