import type { Difference, ReconcileReport } from '@/contract/difference';
import { runs } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { applyEffect } from '@/server/workspaces/reconcile/apply-finding';
import { findDifferences } from '@/server/workspaces/reconcile/find-differences';
import type { Finding } from '@/server/workspaces/reconcile/finding';
import { inTurns } from '@/server/workspaces/reconcile/in-time';
import { orphanAges, type OrphanAges } from '@/server/workspaces/reconcile/judge-directories';
import { isLookAlike } from '@/server/workspaces/reconcile/judge-look-alikes';
import type { KnownRows, KnownWorkspace } from '@/server/workspaces/reconcile/known-rows';
import { lookAtDirectories } from '@/server/workspaces/reconcile/look-at-directories';
import { lookAtProtection } from '@/server/workspaces/reconcile/look-at-protection';
import { lookAtEngine, type Scope } from '@/server/workspaces/reconcile/look-at-machine';
import { workspaceOf, type Machine } from '@/server/workspaces/reconcile/machine';
import { measureFindings } from '@/server/workspaces/reconcile/measure';
import { readRows, readWorkspaces } from '@/server/workspaces/reconcile/read-rows';

/** Things done at the same time; more would take the engine away from those who wait for it. */
const AT_ONCE = 4;

export interface ReconcileOptions {
  cause: ReconcileReport['cause'];
  /** Only says what it would do. */
  dryRun: boolean;
  /** Absent: everything. */
  scope?: Scope;
  /** Absent: with everything. They change seldom, and looking at them takes longer than all the rest. */
  directories?: boolean;
  /** Asked before each thing that is done: whether this process is still the one that acts. */
  mayAct?: () => Promise<boolean>;
  ages?: OrphanAges;
  signal?: AbortSignal | undefined;
}

/**
 * Compares the machine with the database and, unless it is a dry run, ends each difference: rows follow what is, what a dead
 * worker began is finished, what nobody owns any more is removed. What somebody else made is never touched. Safe to repeat and
 * to interrupt; what fails is in the report and is found again the next time. Only the worker acts. Never throws for an engine
 * that does not answer: the report says so, and nothing is judged.
 */
export async function reconcile(engine: ContainerEngine, options: ReconcileOptions): Promise<ReconcileReport> {
  const started = Date.now();
  const report = { at: new Date(started), cause: options.cause, dryRun: options.dryRun };
  try {
    const { machine, rows, findings } = await compare(engine, options);
    const differences = options.dryRun ? findings.map(untried) : await act(engine, findings, options);
    return { ...report, tookMs: Date.now() - started, engineProblem: null, looked: count(machine, rows), differences };
  } catch (error) {
    if (!isAnyonError(error) || options.signal?.aborted) throw error;
    const looked = { workspaces: 0, containers: 0, networks: 0, directories: 0, foreign: 0 };
    return { ...report, tookMs: Date.now() - started, engineProblem: error.message, looked, differences: [] };
  }
}

async function compare(engine: ContainerEngine, options: ReconcileOptions): Promise<{ machine: Machine; rows: KnownRows; findings: Finding[] }> {
  const scope = options.scope ?? 'everything';
  // Rows first: whatever happens while the machine is looked at raises a fence, and then nothing is done by the older row.
  const known = await readWorkspaces(scope === 'everything' ? null : scope);
  const seen = await lookAtEngine(engine, known, scope, options.signal);
  const directories = (options.directories ?? scope === 'everything') ? await lookAround(known) : null;
  const protection = scope === 'everything' ? await lookAtProtection(known.filter(({ row }) => row.diskBytes !== null).map(({ row }) => row.id)) : null;
  const machine: Machine = { ...seen, directories, protection };
  const rows = await readRows(known, machine);
  return { machine, rows, findings: await measureFindings(findDifferences(machine, rows, options.ages ?? orphanAges)) };
}

async function lookAround(known: readonly KnownWorkspace[]): Promise<Machine['directories']> {
  const workspaceIds = new Set(known.map(({ row }) => row.id));
  const runIds = new Set((await database().select({ id: runs.id }).from(runs)).map(({ id }) => id));
  return lookAtDirectories({ workspace: (id) => workspaceIds.has(id), run: (id) => runIds.has(id) });
}

/** Containers before networks before files, as they were found; within a kind some at a time. */
async function act(engine: ContainerEngine, findings: readonly Finding[], options: ReconcileOptions): Promise<Difference[]> {
  const acting = { engine, mayAct: options.mayAct ?? (async () => true), signal: options.signal };
  const differences: Difference[] = [];
  for (const kind of groupByEffect(findings)) {
    const results = await inTurns(kind, async (found) => {
      if (!found.effect) return untried(found);
      try {
        await applyEffect(acting, found.effect);
        return { ...untried(found), result: 'done' as const };
      } catch (error) {
        if (options.signal?.aborted) throw error;
        log().warn({ err: error, object: found.object, name: found.name }, 'reconcile: a difference could not be ended');
        return { ...untried(found), result: 'failed' as const, failure: describeError(error) };
      }
    }, AT_ONCE);
    differences.push(...results);
  }
  return differences;
}

/** Neighbours with the same effect, which do not wait for each other. */
function groupByEffect(findings: readonly Finding[]): Finding[][] {
  const groups: Finding[][] = [];
  for (const found of findings) {
    const last = groups.at(-1);
    if (last && last[0]?.effect?.do === found.effect?.do) last.push(found);
    else groups.push([found]);
  }
  return groups;
}

function untried({ object, name, workspaceId, action, reason, freesBytes }: Finding): Difference {
  return { object, name, workspaceId, action, reason, freesBytes, result: null, failure: null };
}

function count({ containers, networks, directories }: Machine, rows: KnownRows): ReconcileReport['looked'] {
  const ours = ({ labels }: { labels: Readonly<Record<string, string>> }) => workspaceOf(labels, rows.instance) !== null;
  const seen = directories ? Object.values(directories).reduce((sum, list) => sum + list.length, 0) : 0;
  return {
    workspaces: rows.workspaces.size,
    containers: containers.filter(ours).length,
    networks: networks.filter(ours).length,
    directories: seen,
    foreign: [...containers, ...networks].filter((object) => isLookAlike(object, rows.instance)).length,
  };
}
