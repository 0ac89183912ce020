import { checkDueGitHubConnections } from '@/server/connections/github/check-github';
import { alertLoops } from '@/server/alerts/alert-loops';
import type { ContainerEngine } from '@/server/containers/engine';
import { containerEngine, probeEngine, workerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { log } from '@/server/log';
import { runLoops, type BackgroundLoop } from '@/server/background-loops';
import { confirmMemberships } from '@/server/people/confirm-memberships';
import { takeLead, type Lead } from '@/server/queue/lead';
import { workQueue } from '@/server/queue/queue';
import { noteClaudeExpiry } from '@/server/connections/claude/claude-expiry';
import { LoginRunner } from '@/server/connections/claude/login/login-runner';
import { endForwarding } from '@/server/runs/forward-run-lines';
import { startDueFollowUps } from '@/server/runs/follow-ups/start-due-follow-ups';
import { goOnWithParkedRuns } from '@/server/runs/go-on';
import { finishInterruptedPushes } from '@/server/runs/publishing/finish-interrupted-pushes';
import { refreshWatchedPullRequests } from '@/server/runs/publishing/refresh-pull-request';
import { RunSupervisor } from '@/server/runs/run-supervisor';
import { startDueSchedules } from '@/server/runs/schedules/start-due-schedules';
import { CheckRunner } from '@/server/runs/variants/check/check-runner';
import { moveWorktrees } from '@/server/runs/variants/move-worktrees';
import { sweepSecrets } from '@/server/runs/sweep-secrets';
import { measureWorktrees } from '@/server/runs/worktrees/measure-worktrees';
import { moveWorktreePlaces } from '@/server/runs/worktrees/move-worktree-places';
import { assertNoMissingKeys } from '@/server/secrets/missing-keys';
import { purgeValues } from '@/server/secrets/purge-values';
import { keepMeters } from '@/server/system/metrics/kept-meters';
import { applyRetentionWhenDue } from '@/server/system/retention/apply-retention';
import { startTracing } from '@/server/telemetry/start-tracing';
import { runBatches } from '@/server/workspaces/batches/batch-runner';
import { sweepRemovedWork } from '@/server/workspaces/checkpoints/sweep-removed-work';
import { stopIdleWorkspaces } from '@/server/workspaces/idle-stop';
import { metricsLoops } from '@/server/workspaces/metrics/metrics-loops';
import { Reconciler } from '@/server/workspaces/reconcile/reconciler';
import { sweepSetupCaches } from '@/server/workspaces/setup/sweep-setup-caches';
import { endTerminalsOfStopped } from '@/server/workspaces/terminals/settle-terminals';
import { openTaskDeliveries, takeOverTasks } from '@/server/workspaces/tasks/take-over-tasks';
import { TaskRunner } from '@/server/workspaces/tasks/task-runner';

/**
 * The worker process: tasks from the queue, supervision of live runs, and the loops below. It may be killed at any moment;
 * the next one takes over what this one was doing. Only one works at a time: the others wait for the lead.
 */
async function main(): Promise<void> {
  const ending = new AbortController();
  process.once('SIGTERM', () => ending.abort());
  process.once('SIGINT', () => ending.abort());
  // From the beginning: who is asked to end while it starts would never hear of it afterwards, and keep the lead for nothing.
  const asked = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve(), { once: true }));
  const endTracing = await startTracing('worker');
  await assertNoMissingKeys(database());
  log().info('worker: waiting for the lead');
  const taking = takeLead(() => {
    log().error('worker: the lead is lost, ending at once');
    process.exit(1); // another worker may be at work already; the parent starts this one again
  });
  const lead = await Promise.race([taking, asked]);
  if (!lead) process.exit(0); // nothing has begun, and a lead that came meanwhile goes with the connection
  log().info('worker: has the lead');

  const engine = workerEngine();
  const supervisor = new RunSupervisor(engine);
  const logins = new LoginRunner(engine);
  const checks = new CheckRunner(engine);
  const tasks = new TaskRunner(engine, lead, ending.signal);
  await supervisor.takeOver();
  await takeOverTasks();
  const stopQueue = await workQueue({
    workers: env().ANYON_WORKERS,
    openTasks: openTaskDeliveries,
    onTask: (job) => tasks.look(job),
    onRun: (job) => supervisor.look(job.runId),
  });
  const looping = runLoops([...loops(supervisor, tasks, lead), ...loginLoops(logins), ...variantLoops(engine, checks), ...retentionLoops(engine, lead)], ending.signal);

  await asked;
  log().info('worker: draining; nothing new begins, live runs go on');
  setTimeout(() => process.exit(0), 10_000).unref();
  await lead.announceEnd().catch(() => {}); // a lost connection is told by onLost
  await Promise.all([stopQueue(), supervisor.end(), logins.end(), checks.end(), looping]);
  await lead.release();
  await Promise.all([endTracing(), endForwarding()]);
  log().info('worker: has given the lead up');
  process.exit(0);
}

/** What goes on beside tasks and runs. Each loop is on its own: what one throws or waits for holds up no other. */
function loops(supervisor: RunSupervisor, tasks: TaskRunner, lead: Lead): BackgroundLoop[] {
  const engine = containerEngine();
  return [
    { name: 'waiting tasks', everyMs: 2_000, run: () => tasks.lookAtWaiting() },
    { name: 'parked runs', everyMs: 2_000, run: () => goOnWithParkedRuns() },
    { name: 'follow-ups', everyMs: 1_000, run: () => startDueFollowUps() },
    { name: 'schedules', everyMs: 5_000, run: () => startDueSchedules() },
    { name: 'interrupted pushes', everyMs: 5_000, run: (signal) => finishInterruptedPushes(signal) },
    { name: 'pull requests', everyMs: 15_000, run: (signal) => refreshWatchedPullRequests(signal) },
    { name: 'batches', everyMs: 500, run: (signal) => runBatches(signal) },
    { name: 'idle stop', everyMs: 30_000, run: () => stopIdleWorkspaces() },
    { name: 'terminals', everyMs: 15_000, run: () => endTerminalsOfStopped() },
    { name: 'secrets nobody needs', everyMs: 30_000, run: () => purgeValues(database()) },
    { name: 'kept work', everyMs: 3_600_000, run: () => sweepRemovedWork() },
    { name: 'set-up caches', everyMs: 3_600_000, run: () => sweepSetupCaches() },
    { name: 'connections to GitHub', everyMs: 300_000, run: (signal) => checkDueGitHubConnections(signal) },
    { name: 'memberships', everyMs: 300_000, run: (signal) => confirmMemberships(signal) },
    { name: 'secrets', everyMs: 2_000, run: () => sweepSecrets() },
    { name: 'sweep of runs', everyMs: 30_000, run: () => supervisor.takeOver() },
    ...new Reconciler({ engine, probed: probeEngine() }, lead).loops(),
    { name: 'meters', everyMs: 5_000, run: () => keepMeters('worker') },
    ...metricsLoops(engine),
    ...alertLoops(),
  ];
}

/** Sign-ins with a Claude subscription: a person waits for each. */
function loginLoops(logins: LoginRunner): BackgroundLoop[] {
  return [
    { name: 'Claude sign-ins', everyMs: 500, run: () => logins.look() },
    { name: 'Claude booths', everyMs: 300_000, run: () => logins.sweep() },
    { name: 'expiry of Claude sign-ins', everyMs: 3_600_000, run: () => noteClaudeExpiry() },
  ];
}

/** Checks of variants, and the worktrees of those that were not chosen. */
function variantLoops(engine: ContainerEngine, checks: CheckRunner): BackgroundLoop[] {
  return [
    { name: 'checks of variants', everyMs: 1_000, run: () => checks.look() },
    { name: 'worktrees of variants', everyMs: 1_000, run: (signal) => moveWorktrees(engine, signal) },
  ];
}

/** What goes by the rules of the administrators, and what they are told of it. */
function retentionLoops(engine: ContainerEngine, lead: Lead): BackgroundLoop[] {
  return [
    { name: 'retention', everyMs: 3_000, run: (signal) => applyRetentionWhenDue({ mayAct: () => lead.isHeld(), signal }) },
    { name: 'worktrees that went', everyMs: 1_000, run: (signal) => moveWorktreePlaces(engine, signal) },
    { name: 'sizes of worktrees', everyMs: 600_000, run: (signal) => measureWorktrees(signal) },
  ];
}

main().catch((error: unknown) => {
  log().fatal({ err: error }, 'worker: cannot start');
  process.exit(1);
});
