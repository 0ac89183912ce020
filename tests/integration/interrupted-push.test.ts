import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunView } from '@/contract/run';
import { auditEvents, publishStepRows } from '@/db/schema';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { database } from '@/server/database';
import { childEnvironment } from '@/server/env';
import { commitWorktree } from '@/server/runs/publishing/commit-worktree';
import { finishInterruptedPushes } from '@/server/runs/publishing/finish-interrupted-pushes';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { pushBranch } from '@/server/runs/publishing/push-branch';
import { sweepSecrets } from '@/server/runs/sweep-secrets';
import { startPublishingBench, type PublishingBench } from '@/tests/setup/publishing-bench';

/** N14 A process that is killed in mid-push: a real one, with -9, while the server holds the push in a hook of its own. */
const bundles = mkdtempSync(path.join(os.tmpdir(), 'anyon-pushing-'));
let bench: PublishingBench;
let run: RunView;
let gate: string;

beforeAll(async () => {
  [bench] = await Promise.all([startPublishingBench(), bundleServer(['tests/setup/pushing-process.ts'], bundles)]);
  run = await bench.run('[[sim:write path=beds.txt content="beds\\n"]] [[sim:text text="Done."]]');
  expect(run).toMatchObject({ status: 'succeeded' });
  gate = mkdtempSync(path.join(bundles, 'gate-'));
  chmodSync(gate, 0o777);
  const hook = path.join(bench.product.directory, 'git', 'octo', 'plans.git', 'hooks', 'pre-receive');
  writeFileSync(hook, `#!/bin/sh\ntouch ${gate}/begun\nwhile [ ! -e ${gate}/open ]; do sleep 0.1; done\n[ ! -e ${gate}/closed ]\n`, { mode: 0o755 });
});
beforeEach(() => {
  for (const name of ['begun', 'open', 'closed']) rmSync(path.join(gate, name), { force: true });
});
afterAll(async () => {
  await bench?.close();
  rmSync(bundles, { recursive: true, force: true });
});

const access = () => bench.access(run);
const state = async () => publishStateOf(await access());
const onServer = () => bench.onServer('for-each-ref', '--format=%(objectname)', `refs/heads/${run.branch}`);
const stepRow = async () => (await database().select().from(publishStepRows).where(eq(publishStepRows.firstRunId, run.id)))[0];
const pushesAudited = () => database().$count(auditEvents, and(eq(auditEvents.action, 'branch_pushed'), eq(auditEvents.subjectId, run.id)));
const openGate = () => writeFileSync(path.join(gate, 'open'), '');

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(50);
}

/** Commits something new, pushes it in a process of its own, and kills that one when the server has the push in its hands. */
async function killInMidPush(file: string): Promise<string> {
  bench.inContainer('sh', '-c', `echo ${file} > /workspace/worktrees/${run.id}/${file}`);
  const { headCommit } = await commitWorktree(await access(), { message: `Add ${file}`, coAuthor: true });
  const child = spawn(process.execPath, [path.join(bundles, 'pushing-process.mjs'), JSON.stringify(bench.ada), run.id], { env: childEnvironment({}), stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  await until(() => existsSync(path.join(gate, 'begun')) || child.exitCode !== null);
  child.kill('SIGKILL');
  expect((await ended)[1]).toBe('SIGKILL');
  expect(await state()).toMatchObject({ activity: { step: 'push' }, interrupted: null, upToDate: false });
  // As if twenty seconds had passed.
  await database().update(publishStepRows).set({ leaseUntil: sql`now() - interval '1 second'` }).where(eq(publishStepRows.firstRunId, run.id));
  return headCommit ?? '';
}

describe('N14 a push whose process was killed', () => {
  const signal = new AbortController().signal;

  it('is said to be open until it is known; it went on without the process, is written down once, and is not done twice', async () => {
    const commit = await killInMidPush('first.txt');
    const now = await state();
    expect(now).toMatchObject({ activity: null, upToDate: false, interrupted: expect.stringMatching(/^Anyon was stopped in the middle of the push to \S+ by ada\..*not known whether/) as string });
    expect(onServer()).toBe('');
    openGate();
    await until(() => onServer() === commit);
    await finishInterruptedPushes(signal);
    expect(await state()).toMatchObject({ upToDate: true, interrupted: null, pushed: { commit, by: 'ada' } });
    expect(await pushesAudited()).toBe(1);
    await finishInterruptedPushes(signal);
    expect(await pushesAudited()).toBe(1);
  });

  it('is done again when nobody knows what came of it: its command was killed too, and its token is gone', async () => {
    const commit = await killInMidPush('second.txt');
    await sweepSecrets();
    const { id } = (await stepRow()) ?? { id: '' };
    bench.inContainer('anyon-run', 'stop', id, '0');
    expect(onServer()).not.toBe(commit);
    openGate();
    await finishInterruptedPushes(signal);
    expect(onServer()).toBe(commit);
    expect(await state()).toMatchObject({ upToDate: true, interrupted: null, pushed: { commit } });
    expect(await pushesAudited()).toBe(2);
  });

  it('is said to be open, with the reason, when it cannot be done again; the next push goes', async () => {
    const commit = await killInMidPush('third.txt');
    writeFileSync(path.join(gate, 'closed'), '');
    openGate();
    bench.git.accept(bench.gitHub.user.login, null);
    await finishInterruptedPushes(signal);
    expect(await state()).toMatchObject({ activity: null, upToDate: false, interrupted: expect.stringMatching(/^The push to \S+ was interrupted, and it could not be done again: .* push again\.$/) as string });
    expect(onServer()).not.toBe(commit);
    rmSync(path.join(gate, 'closed'));
    await bench.connect();
    expect(await pushBranch(await access(), { force: false })).toMatchObject({ upToDate: true, interrupted: null });
    expect(onServer()).toBe(commit);
  });
});
