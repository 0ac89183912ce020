import { Command, CommanderError } from 'commander';
import { CliError } from '@/cli/cli-error';
import { addAnswerCommand } from '@/cli/commands/answer';
import { addBatchCommand } from '@/cli/commands/batch';
import { addDiffCommand } from '@/cli/commands/diff';
import { addSignInCommands } from '@/cli/commands/login';
import { addLogsCommand } from '@/cli/commands/logs';
import { addMcpCommand } from '@/cli/commands/mcp';
import { addRunCommands } from '@/cli/commands/run';
import { addRunsCommand } from '@/cli/commands/runs';
import { addWorkspaceCommands } from '@/cli/commands/workspaces';
import { EXIT, exitCodeOf } from '@/cli/exit-code';
import { Interrupted } from '@/cli/interruption';
import { visibleText } from '@/cli/output/visible-text';
import type { Surroundings } from '@/cli/session';
import { VERSION } from '@/cli/version';

const AFTER_HELP = `
A run is named by its id or as workspace#number, such as hello#3; a workspace by its name or id.

Ends with 0 when all went well, 1 when the run that was followed did not succeed or part of a batch failed,
2 when the command is wrong, 3 when you are not signed in or may not do it, 4 when there is no such thing,
5 when Anyon does not do it in this state of things, 6 when Anyon cannot be reached, 130 after Ctrl-C.`;

/** The program with all its commands. */
export function buildProgram(surroundings: Surroundings): Command {
  const program = new Command('anyon');
  program
    .description('Claude Code for your team, on your own VM: workspaces, runs and their logs from the command line.')
    .version(VERSION)
    .option('--json', 'answer in JSON, for programs')
    .option('--no-color', 'answer without colours, as with NO_COLOR')
    .showSuggestionAfterError()
    .showHelpAfterError('See anyon --help.')
    .addHelpText('after', AFTER_HELP)
    .configureOutput({ writeOut: (text) => void surroundings.out.write(text), writeErr: (text) => void surroundings.err.write(text), getOutHasColors: () => false, getErrHasColors: () => false })
    .exitOverride();
  for (const add of [addSignInCommands, addWorkspaceCommands, addRunCommands, addRunsCommand, addLogsCommand, addDiffCommand, addAnswerCommand, addBatchCommand, addMcpCommand]) add(program, surroundings);
  return program;
}

/** Runs a command line and returns the exit code. What goes wrong is one sentence on standard error. */
export async function runProgram(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await buildProgram(surroundings).parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    if (error instanceof Interrupted) return EXIT.interrupted;
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return EXIT.done; // who read the answer has enough
    const message = error instanceof Error ? error.message : String(error);
    surroundings.err.write(`${surroundings.err.isTTY ? visibleText(message) : message}\n`);
    return error instanceof CliError ? exitCodeOf(error.kind) : EXIT.unreachable;
  }
}
