import { type Command, Option } from 'commander';
import { isFinal } from '@/contract/run';
import type { Run } from '@/cli/api/anyon-api';
import { followToEnd } from '@/cli/commands/follow';
import { wholeNumber } from '@/cli/commands/whole-number';
import { findRun } from '@/cli/find/find-run';
import { readableLine } from '@/cli/log/readable-lines';
import { WholeLines } from '@/cli/log/whole-lines';
import { openSession, type Session, type Surroundings } from '@/cli/session';

interface LogOptions {
  follow?: boolean;
  readable?: boolean;
  stream?: 'out' | 'err';
  from?: number;
}

/** `anyon logs` */
export function addLogsCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('logs')
    .description('the log of a run, byte for byte: its output on standard output, its errors on standard error')
    .argument('<run>', 'workspace#number or id')
    .option('-f, --follow', 'go on until the run has ended, and end with its result')
    .option('--readable', 'the conversation in words')
    .addOption(new Option('--stream <stream>', 'only one of both').choices(['out', 'err']))
    .addOption(new Option('--from <byte>', 'begin at this byte (of --stream, else of the output)').argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER)))
    .addHelpText('after', '\nA broken connection is taken up at the next byte. Ctrl-C ends the following, never the run.\nWith --json the run as it is (with -f: as it ended) is printed instead of its log.')
    .action(async (said: string, options: LogOptions, command: Command) => {
      const session = openSession(surroundings, command);
      const run = await findRun(session.api, said);
      if (options.follow) return followToEnd(session, { run, name: said, as: options.readable ? 'words' : 'bytes', ...(options.stream && { only: options.stream }), ...(options.from !== undefined && { from: options.from }) });
      if (session.print.json) return session.print.document(run);
      await printSoFar(session, run, options);
      if (!isFinal(run.status)) session.print.note(`${said} is ${run.status.replaceAll('_', ' ')}; -f shows what follows.`);
    });
}

/** Everything that is in the log at this moment. */
async function printSoFar({ api, print }: Session, run: Run, { stream: only, from = 0, readable }: LogOptions): Promise<void> {
  for (const stream of readable ? (['out'] as const) : only ? [only] : (['out', 'err'] as const)) {
    const begin = stream === (only ?? 'out') ? from : 0;
    const lines = new WholeLines();
    for await (const bytes of api.logSoFar(run.id, stream, begin)) {
      if (!readable) await print.bytes(stream, bytes);
      else for (const line of lines.take(bytes)) await print.text(readableLine(line));
    }
    const rest = lines.end();
    if (rest !== null) await print.text(readableLine(rest));
  }
}
