import { setTimeout as delay } from 'node:timers/promises';
import { Argument, type Command, Option } from 'commander';
import { batchActions, type BatchAction } from '@/contract/batch';
import { workspaceStatuses, type WorkspaceStatus } from '@/contract/workspace';
import type { Batch } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';
import { confirm } from '@/cli/commands/confirm';
import { EXIT } from '@/cli/exit-code';
import { findWorkspace } from '@/cli/find/find-workspace';
import { Interrupted, watchForInterruption } from '@/cli/interruption';
import { statusWords } from '@/cli/output/status-words';
import { visibleLine } from '@/cli/output/visible-text';
import { openSession, type Session, type Surroundings } from '@/cli/session';
import { askPatiently } from '@/cli/wait/ask-patiently';

interface BatchOptions {
  filterName?: string;
  filterStatus?: WorkspaceStatus[];
  filterRepository?: string;
  all?: boolean;
  yes?: boolean;
  detach?: boolean;
}

const ASK_EVERY_MS = 500;

/** `anyon batch` */
export function addBatchCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('batch')
    .description('start, stop, restart or delete many workspaces')
    .addArgument(new Argument('<action>').choices(batchActions))
    .argument('[workspaces...]', 'names or ids; or choose them by --filter-…')
    .option('--filter-name <part>', 'whose name has this in it')
    .addOption(new Option('--filter-status <status...>', 'that are in one of these states').choices(workspaceStatuses))
    .option('--filter-repository <url>', 'of this repository')
    .option('--all', 'all that are yours')
    .option('-y, --yes', 'do not ask')
    .option('-d, --detach', 'do not wait until it is done')
    .action((action: BatchAction, workspaces: string[], options: BatchOptions, command: Command) => batch(surroundings, command, { action, workspaces, options }));
}

async function batch(surroundings: Surroundings, command: Command, asked: { action: BatchAction; workspaces: string[]; options: BatchOptions }): Promise<void> {
  const session = openSession(surroundings, command);
  const { api, print } = session;
  const { action, workspaces, options } = asked;
  const filter = filterOf(options);
  if ((workspaces.length > 0 ? 1 : 0) + (filter ? 1 : 0) + (options.all ? 1 : 0) !== 1) throw new CliError('invalid', 'Say which workspaces: by their names, by --filter-name, --filter-status and --filter-repository, or --all.');
  const ids: string[] = [];
  for (const said of workspaces) ids.push((await findWorkspace(api, said)).id);
  if (action === 'delete' && !options.yes) await confirm(surroundings, `Delete ${options.all ? 'all your workspaces' : filter ? 'all workspaces that the filter finds' : `${ids.length} workspaces`} with their files and runs?`);
  const batchId = await api.startBatch({ action, selection: ids.length > 0 ? { workspaceIds: [...new Set(ids)] } : { filter: filter ?? {} } });
  if (!options.detach) return follow(session, batchId);
  if (print.json) print.document({ batchId });
  else print.line(batchId);
}

/** Null when there is no condition: then nothing is meant, not everything. */
export function filterOf({ filterName, filterStatus, filterRepository }: BatchOptions): { name?: string; status?: WorkspaceStatus[]; repositoryUrl?: string } | null {
  const filter = { ...(filterName && { name: filterName }), ...(filterStatus && { status: filterStatus }), ...(filterRepository && { repositoryUrl: filterRepository }) };
  return Object.keys(filter).length > 0 ? filter : null;
}

/** Says each workspace as it is done, and what came of all. */
async function follow({ api, print }: Session, batchId: string): Promise<void> {
  const watching = watchForInterruption();
  const told = new Set<string>();
  try {
    for (;;) {
      const now = await askPatiently(() => api.batch(batchId, watching.signal), watching);
      if (!print.json) tellDone(print, now, told);
      if (now.status !== 'running') return ended(print, now);
      await delay(ASK_EVERY_MS, undefined, { signal: watching.signal });
    }
  } catch (error) {
    if (!watching.signal.aborted && !(error instanceof Interrupted)) throw error;
    print.note('\nYou stopped watching; the batch goes on.');
    process.exitCode = EXIT.interrupted;
  } finally {
    watching.end();
  }
}

function tellDone(print: Session['print'], batch: Batch, told: Set<string>): void {
  for (const { workspaceId, workspaceName, status, reason } of batch.items) {
    if (status === 'pending' || status === 'working' || told.has(workspaceId)) continue;
    told.add(workspaceId);
    print.line(`[${told.size}/${batch.counts.total}] ${visibleLine(workspaceName)}: ${statusWords(print, status)}${reason ? ` – ${visibleLine(reason)}` : ''}`);
  }
}

function ended(print: Session['print'], batch: Batch): void {
  const { total, succeeded, failed, skipped, cancelled } = batch.counts;
  if (print.json) print.document(batch);
  else if (total === 0) print.note('No workspace was meant by this.');
  else print.note([`${succeeded} of ${total} succeeded`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} had nothing to do`, cancelled > 0 && `${cancelled} were left out`].filter(Boolean).join(', ') + `.${batch.statusReason ? ` ${visibleLine(batch.statusReason)}` : ''}`);
  if (failed > 0 || cancelled > 0 || batch.status !== 'done') process.exitCode = EXIT.unsuccessful;
}
