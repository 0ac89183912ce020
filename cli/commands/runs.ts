import { type Command, Option } from 'commander';
import type { AnyonApi, ListedWorkspace, Run } from '@/cli/api/anyon-api';
import { wholeNumber } from '@/cli/commands/whole-number';
import { findWorkspace } from '@/cli/find/find-workspace';
import { runName } from '@/cli/find/find-run';
import { ago } from '@/cli/output/ago';
import { statusWords } from '@/cli/output/status-words';
import { visibleLine } from '@/cli/output/visible-text';
import { openSession, type Surroundings } from '@/cli/session';

const LONGEST_PROMPT = 60;
/** Workspaces that are asked at the same time. */
const AT_ONCE = 4;

/** `anyon runs` */
export function addRunsCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('runs')
    .description('the newest runs, of one workspace or of all')
    .argument('[workspace]', 'name or id of the workspace')
    .addOption(new Option('-n, --limit <number>', 'at most so many').argParser(wholeNumber(1, 100)).default(20))
    .action(async (said: string | undefined, { limit }: { limit: number }, command: Command) => {
      const { api, print } = openSession(surroundings, command);
      const workspaces = said === undefined ? await api.workspaces() : [await findWorkspace(api, said)];
      const runs = await newest(api, workspaces, limit);
      if (print.json) return print.document(runs);
      if (runs.length === 0) return print.note('There is no run yet. Start one: anyon run <workspace> "What Claude should do"');
      const names = new Map(workspaces.map(({ id, name }) => [id, visibleLine(name)]));
      print.rows(['RUN', 'STATUS', 'STARTED', 'PROMPT', 'ID'], runs.map((run) => [runName(names.get(run.workspaceId) ?? '?', run.number), statusWords(print, run.status), ago(run.createdAt), promptStart(run.prompt), run.id]));
    });
}

async function newest(api: AnyonApi, workspaces: readonly ListedWorkspace[], limit: number): Promise<Run[]> {
  const all: Run[] = [];
  const waiting = [...workspaces];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) all.push(...(await api.runs(next.id, limit)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return all.toSorted((one, other) => (one.createdAt < other.createdAt ? 1 : -1)).slice(0, limit);
}

function promptStart(prompt: string): string {
  const line = visibleLine(prompt);
  return line.length > LONGEST_PROMPT ? `${line.slice(0, LONGEST_PROMPT - 1)}…` : line;
}
