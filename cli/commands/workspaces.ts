import { Argument, type Command, Option } from 'commander';
import type { AnyonApi, ListedWorkspace, Workspace } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';
import { confirm } from '@/cli/commands/confirm';
import { findWorkspace } from '@/cli/find/find-workspace';
import { ago } from '@/cli/output/ago';
import { parseBytes } from '@/cli/output/parse-bytes';
import type { Printer } from '@/cli/output/printer';
import { statusWords } from '@/cli/output/status-words';
import { visibleLine } from '@/cli/output/visible-text';
import { openSession, type Surroundings } from '@/cli/session';
import { untilSettled } from '@/cli/wait/until-settled';

export const workspaceActions = ['start', 'stop', 'restart', 'delete'] as const;
export type WorkspaceAction = (typeof workspaceActions)[number];

const said: Record<WorkspaceAction, string> = { start: 'is being started', stop: 'is being stopped', restart: 'is being restarted', delete: 'is being deleted' };

interface CreateOptions {
  name?: string;
  branch?: string;
  template?: string;
  memory?: number;
  cpus?: number;
  wait?: boolean;
}

/** `anyon workspaces …` */
export function addWorkspaceCommands(program: Command, surroundings: Surroundings): void {
  const workspaces = program.command('workspaces').alias('ws').description('list, create, start, stop, restart and delete workspaces');
  workspaces
    .command('list', { isDefault: true })
    .description('your workspaces')
    .action(async (_options, command: Command) => {
      const { api, print } = openSession(surroundings, command);
      const all = await api.workspaces();
      if (print.json) print.document(all);
      else listed(print, all);
    });
  workspaces
    .command('create')
    .description('make a workspace of a repository')
    .argument('<repository>', 'address of a git repository (https)')
    .option('--name <name>', 'its name; absent: that of the repository')
    .option('--branch <branch>', 'branch to begin with; absent: the repository’s default')
    .option('--template <id>', 'template to make it of')
    .addOption(new Option('--memory <size>', 'limit of memory, such as 4g').argParser(parseBytes))
    .addOption(new Option('--cpus <number>', 'limit of processors').argParser(Number))
    .option('--wait', 'until it can be used')
    .action((repository: string, options: CreateOptions, command: Command) => create(surroundings, command, repository, options));
  for (const action of workspaceActions) {
    workspaces
      .command(action)
      .description(`${action} a workspace`)
      .addArgument(new Argument('<workspace>', 'its name or id'))
      .option('--wait', 'until it is done')
      .option('-y, --yes', 'do not ask')
      .action((workspace: string, options: { wait?: boolean; yes?: boolean }, command: Command) => act(surroundings, command, { action, workspace, ...options }));
  }
}

function listed(print: Printer, all: readonly ListedWorkspace[]): void {
  if (all.length === 0) return print.note('There is no workspace yet. Make one: anyon workspaces create https://github.com/owner/repository');
  print.rows(['NAME', 'STATUS', 'RUNS', 'LAST RUN', 'REPOSITORY', 'ID'], all.map((one) => [visibleLine(one.name), statusWords(print, one.status), one.activeRuns > 0 ? `${one.activeRuns} on` : '–', ago(one.lastRunAt), visibleLine(one.repositoryUrl), one.id]));
  for (const { name, statusReason } of all) if (statusReason) print.note(`${name}: ${statusReason}`);
}

async function create(surroundings: Surroundings, command: Command, repositoryUrl: string, options: CreateOptions): Promise<void> {
  const { api, print } = openSession(surroundings, command);
  const limits = { ...(options.memory !== undefined && { memoryBytes: options.memory }), ...(options.cpus !== undefined && { cpus: options.cpus }) };
  const made = await api.createWorkspace({
    repositoryUrl,
    ...(options.name && { name: options.name }),
    ...(options.branch && { branch: options.branch }),
    ...(options.template && { templateId: options.template }),
    ...(Object.keys(limits).length > 0 && { limits }),
  });
  await finish(print, api, made, { wait: options.wait === true, words: 'is being made' });
}

async function act(surroundings: Surroundings, command: Command, asked: { action: WorkspaceAction; workspace: string; wait?: boolean; yes?: boolean }): Promise<void> {
  const { api, print } = openSession(surroundings, command);
  const workspace = await findWorkspace(api, asked.workspace);
  if (asked.action === 'delete' && !asked.yes) await confirm(surroundings, `Delete the workspace ${visibleLine(workspace.name)} with its files and runs? Its work is kept for some days.`);
  await api.changeWorkspace(workspace.id, asked.action);
  await finish(print, api, workspace, { wait: asked.wait === true, words: said[asked.action] });
}

/** Says what is under way or, with `wait`, what came of it. */
async function finish(print: Printer, api: AnyonApi, workspace: Workspace, { wait, words }: { wait: boolean; words: string }): Promise<void> {
  const now = wait ? await untilSettled(api, workspace.id) : null;
  if (print.json) return print.document(now ?? workspace);
  if (!wait) return print.line(`${visibleLine(workspace.name)} ${words}.  ${workspace.id}`);
  if (!now) return print.line(`${visibleLine(workspace.name)} is gone.`);
  if (now.lastError && now.status === 'unhealthy') throw new CliError('precondition', now.statusReason ?? now.lastError.message);
  print.line(`${visibleLine(now.name)} is ${statusWords(print, now.status)}.  ${now.id}`);
}
