import { type Command, Option } from 'commander';
import { DEFAULT_CHECK_MINUTES, MOST_VARIANTS } from '@/contract/variant';
import { permissionModes, type PermissionMode } from '@/contract/run';
import { readAll } from '@/cli/ask';
import { CliError } from '@/cli/cli-error';
import { followToEnd } from '@/cli/commands/follow';
import { wholeNumber } from '@/cli/commands/whole-number';
import { findWorkspace } from '@/cli/find/find-workspace';
import { findRun, runName } from '@/cli/find/find-run';
import { visibleLine } from '@/cli/output/visible-text';
import { openSession, type Session, type Surroundings } from '@/cli/session';

interface RunOptions {
  follow?: boolean;
  raw?: boolean;
  model?: string;
  variants?: number;
  permissionMode?: PermissionMode;
  maxTurns?: number;
  budget?: number;
  check?: string;
}

const LONGEST_PROMPT = 1024 * 1024;

/** `anyon run`, `follow-up` and `stop`. */
export function addRunCommands(program: Command, surroundings: Surroundings): void {
  program
    .command('run')
    .description('start Claude Code on a prompt')
    .argument('<workspace>', 'name or id of the workspace')
    .argument('<prompt>', 'what Claude should do; - reads it from standard input')
    .option('-f, --follow', 'show the conversation until the run has ended, and end with its result')
    .option('--raw', 'with --follow: the log as it is instead of words')
    .option('--model <model>', 'a model or an alias of it; absent: the default of Claude Code')
    .addOption(new Option('--variants <number>', `try it so many times side by side (2–${MOST_VARIANTS})`).argParser(wholeNumber(2, MOST_VARIANTS)))
    .option('--check <command>', 'with --variants: run in each of them when it has succeeded')
    .addOption(new Option('--permission-mode <mode>', 'what Claude may do without asking').choices(permissionModes))
    .addOption(new Option('--max-turns <number>', 'end after so many turns').argParser(wholeNumber(1, 1000)))
    .addOption(new Option('--budget <dollars>', 'end when it has cost so much').argParser(Number))
    .action((workspace: string, prompt: string, options: RunOptions, command: Command) => run(surroundings, command, { workspace, prompt, options }));
  program
    .command('follow-up')
    .description('say more in the conversation of a run; it is carried out when its turn comes')
    .argument('<run>', 'workspace#number or id')
    .argument('<prompt>', '- reads it from standard input')
    .option('--now', 'interrupt what is on and do this first')
    .action((said: string, prompt: string, options: { now?: boolean }, command: Command) => followUp(surroundings, command, { said, prompt, now: options.now === true }));
  program
    .command('stop')
    .description('stop a run; its files and log stay')
    .argument('<run>', 'workspace#number or id')
    .action(async (said: string, _options, command: Command) => {
      const { api, print } = openSession(surroundings, command);
      const stopped = await api.stopRun((await findRun(api, said)).id);
      if (print.json) print.document(stopped);
      else print.line(`${said} is being stopped.`);
    });
}

async function run(surroundings: Surroundings, command: Command, asked: { workspace: string; prompt: string; options: RunOptions }): Promise<void> {
  const session = openSession(surroundings, command);
  const { api, print } = session;
  const { options } = asked;
  if (options.check && !options.variants) throw new CliError('invalid', '--check is for --variants.');
  const workspace = await findWorkspace(api, asked.workspace);
  const input = {
    workspaceId: workspace.id,
    prompt: await promptText(surroundings, asked.prompt),
    ...(options.permissionMode && { permissionMode: options.permissionMode }),
    ...(options.maxTurns !== undefined && { maxTurns: options.maxTurns }),
    ...(options.budget !== undefined && { budgetUsd: options.budget }),
  };
  if (options.variants) {
    const models = Array.from({ length: options.variants }, () => options.model ?? null);
    return startedVariants(session, await api.startVariants({ ...input, models, checkMinutes: DEFAULT_CHECK_MINUTES, ...(options.check && { checkCommand: options.check }) }), options);
  }
  const started = await api.startRun({ ...input, ...(options.model && { model: options.model }) });
  const name = runName(workspace.name, started.number);
  if (options.follow) {
    print.note(`${name} (${started.id})`);
    return followToEnd(session, { run: started, name, as: options.raw ? 'bytes' : 'words' });
  }
  if (print.json) return print.document(started);
  print.line(started.id);
  print.note(`Started ${name}. Watch it: anyon logs -f --readable "${name}"`);
}

function startedVariants({ print }: Session, group: Awaited<ReturnType<Session['api']['startVariants']>>, options: RunOptions): void {
  if (print.json) return print.document(group);
  for (const variant of group.variants) print.line(variant.newest.id);
  print.note(`Started ${group.variants.length} variants in ${visibleLine(group.workspaceName)}: ${group.variants.map(({ newest }) => runName(group.workspaceName, newest.number)).join(', ')}.`);
  if (options.follow) print.note('Several runs cannot be followed at once; follow one with anyon logs -f.');
}

async function followUp(surroundings: Surroundings, command: Command, asked: { said: string; prompt: string; now: boolean }): Promise<void> {
  const { api, print } = openSession(surroundings, command);
  const { id } = await findRun(api, asked.said);
  const added = await api.followUp({ runId: id, prompt: await promptText(surroundings, asked.prompt), now: asked.now });
  if (print.json) return print.document(added);
  print.line(added.startedRun ? `It is carried out as run ${added.startedRun.number} (${added.startedRun.id}).` : 'It waits for its turn.');
}

async function promptText(surroundings: Surroundings, given: string): Promise<string> {
  const text = given === '-' ? await readAll(surroundings.in, LONGEST_PROMPT) : given;
  if (text.trim() === '') throw new CliError('invalid', 'Say what Claude should do.');
  return text;
}
