import { type Command, Option } from 'commander';
import { diffBases, type DiffBase } from '@/contract/review';
import { findRun } from '@/cli/find/find-run';
import { visibleLine } from '@/cli/output/visible-text';
import { openSession, type Surroundings } from '@/cli/session';

/** `anyon diff` */
export function addDiffCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('diff')
    .description('what a run has changed, as a patch')
    .argument('<run>', 'workspace#number or id')
    .addOption(new Option('--against <base>', 'where the run began, or its whole conversation').choices(diffBases).default('run'))
    .option('--stat', 'only which files')
    .action(async (said: string, options: { against: DiffBase; stat?: boolean }, command: Command) => {
      const { api, print } = openSession(surroundings, command);
      const diff = await api.diff({ runId: (await findRun(api, said)).id, against: options.against });
      if (print.json) return print.document(diff);
      if (options.stat) for (const file of diff.files) print.line(`${print.paint('green', `+${file.additions}`)}\t${print.paint('red', `-${file.deletions}`)}\t${visibleLine(file.path)}`);
      else await print.patch(diff.patch);
      if (diff.files.length === 0 && diff.patch === '') print.note('Nothing has changed.');
      if (diff.truncated) print.note('This is not all: the rest is too large to be sent. Look at it in the workspace.');
      if (diff.live) print.note('The run is still on: this is how it stands now.');
    });
}
