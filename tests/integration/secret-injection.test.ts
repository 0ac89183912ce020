import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { alerts, gitHubConnections, secrets, secretUses } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { attemptSecretsDir, runLogDir, secretsDir, workspaceDir, workspaceSecretsDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { sweepSecrets } from '@/server/runs/sweep-secrets';
import { assertSecretsInPlace } from '@/server/secrets/injection/assert-in-place';
import { injectSecrets, withdrawSecrets } from '@/server/secrets/injection/inject-secrets';
import { deleteSecret, putSecret } from '@/server/secrets/vault';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { audited, fresh, modeAndOwner, startInjectionBench, usesOf, type InjectionBench } from '@/tests/setup/injection-bench';
import { until } from '@/tests/setup/runtime-container';
import { everythingOf, placesWith } from '@/tests/setup/search-secrets';
import { endedRun, workspaceWhere } from '@/tests/setup/wait-for-state';

/** What runs and clones are given, and that nothing of it stays: the real engine, the real CLI, real git against a server that wants a sign-in. */
let bench: InjectionBench;
let owner: Actor;
let workspace: WorkspaceView;

beforeAll(async () => {
  bench = await startInjectionBench();
  owner = bench.owner;
  workspace = await bench.create(owner);
});

afterAll(() => bench?.close());

const bash = (script: string, more = '') => `[[sim:bash cmd="${script.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}" timeout=60000${more}]]`;
const start = async (prompt: string) => startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt });
const end = (run: RunView) => endedRun(owner, run);
const logOf = (run: RunView) => readFileSync(path.join(runLogDir(run.id), 'out.log'), 'utf8');
const inContainer = (...argv: string[]) => execFileSync('docker', ['exec', workspace.container.id ?? '', ...argv], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const folderOf = (run: RunView) => attemptSecretsDir(workspace.id, run.id);
const everywhere = () => everythingOf(workspace.id, workspace.container.id ?? '');

async function untilTool(run: RunView, name: string): Promise<void> {
  await until('the tool to run', async () => {
    const { status, statusReason } = await getRun(await requireRunAccess(owner, run.id));
    if (isFinal(status)) throw new Error(`The run is ${status}: ${statusReason}`);
    return existsSync(path.join(workspaceDir(workspace.id), 'files', `${name}-here`));
  }, 60_000);
}

/** A run that waits in its first tool until the test lets it go on. */
async function startWaiting(script = 'true', then = ''): Promise<{ run: RunView; goOn: () => void }> {
  const name = `go-on-${randomBytes(4).toString('hex')}`;
  const run = await start(`${bash(`${script}; touch /workspace/${name}-here; for i in $(seq 600); do test -e /workspace/${name} && break; sleep 0.1; done`)} ${then}`.trim());
  await untilTool(run, name);
  return { run, goOn: () => writeFileSync(path.join(workspaceDir(workspace.id), 'files', name), '') };
}

describe('SEC-09 a private repository', () => {
  it('is cloned with the token of the owner, of which nothing is left anywhere', async () => {
    expect([workspace.status, workspace.statusReason]).toEqual(['running', null]);
    expect(bench.git.shown.filter(Boolean).length).toBeGreaterThan(0);
    expect(readdirSync(workspaceSecretsDir(workspace.id))).toEqual(['.place']);
    expect(placesWith([bench.gitToken], everywhere())).toEqual([]);
    expect(inContainer('git', '-C', '/workspace/repo', 'config', '--list')).toContain(`remote.origin.url=${bench.git.url}/secret-plans.git\n`);
  });

  it('SEC-15 has its token in the audit and in the list of uses, begun and ended', async () => {
    const attempt = `clone-${workspace.id}`;
    const uses = await usesOf(attempt);
    expect(uses).toMatchObject([{ secretName: 'github', version: 1, workspaceId: workspace.id, runId: null, userId: owner.userId, endedAt: expect.any(Date) as Date }]);
    expect(await audited(attempt)).toMatchObject([{ actorLogin: 'owner', subjectId: workspace.id, details: { secrets: 'github (version 1)', count: 1 } }]);
  });

  it('is refused with a sentence when the token is no good, and the connection says so', async () => {
    const other = await bench.product.addUser('other');
    await bench.connect(other, 'hubot', fresh('ghp_'));
    const refused = await bench.create(other);
    expect(refused.status).toBe('unhealthy');
    expect(refused.statusReason).toMatch(/refused the GitHub token of hubot: it was revoked or has expired\. Connect GitHub again on the Settings page/);
    const [connection] = await database().select().from(gitHubConnections).where(eq(gitHubConnections.userId, other.userId));
    expect(connection).toMatchObject({ status: 'failed', statusReason: expect.stringContaining('refused the token') as string });
    expect(readdirSync(workspaceSecretsDir(refused.id))).toEqual(['.place']);
    expect(execFileSync('docker', ['inspect', refused.container.id ?? ''], { encoding: 'utf8' })).not.toContain('ghp_');
    await deleteWorkspace(await requireWorkspaceAccess(other, refused.id));
    await until('the place for its secrets to go', () => !existsSync(workspaceSecretsDir(refused.id)), 60_000);
  });

  it('is refused without a connection, and says what is missing', async () => {
    const nobody = await bench.create(await bench.product.addUser('nobody'));
    expect(nobody.statusReason).toMatch(/private repositories need a GitHub connection/);
  });
});

describe('SEC-07 what a run is given', () => {
  it('lies where it must, as it must, and nowhere else, while the run lives; git works with it; then it is gone', async () => {
    const look = 'cd "$ANYON_SECRETS_DIR" && stat -c "%n %a %u" . env env/NPM_TOKEN github; ls; touch x 2>&1; grep /anyon/secrets /proc/self/mountinfo | cut -d" " -f6; cksum < env/NPM_TOKEN; cd - >/dev/null';
    const push = 'git fetch origin 2>&1 && echo work > work.txt && git add work.txt && git commit -qm work && git push origin HEAD 2>&1; cat "$ANYON_SECRETS_DIR/github" "$ANYON_SECRETS_DIR/env/NPM_TOKEN"';
    const { run, goOn } = await startWaiting(`{ ${look}; ${push}; } > /tmp/seen 2>&1; cat /tmp/seen | grep -v token=; cat /tmp/seen; rm /tmp/seen`);
    const folder = folderOf(run);
    expect(['.', 'env', 'env/NPM_TOKEN', 'github'].map((name) => `${name} ${modeAndOwner(path.join(folder, name))}`)).toEqual(['. 700 1000', 'env 700 1000', 'env/NPM_TOKEN 400 1000', 'github 400 1000']);
    expect(readdirSync(folder).sort()).toEqual(['env', 'github']); // Claude's own was read and taken back
    expect(readFileSync(path.join(folder, 'env/NPM_TOKEN'), 'utf8')).toBe(bench.npmToken);
    expect(placesWith([bench.gitToken, bench.npmToken], everywhere())).toEqual([]);
    await assertSecretsInPlace(containerEngine(), { workspaceId: workspace.id, containerId: workspace.container.id ?? '', injected: { attempt: run.id, names: ['github', 'env/NPM_TOKEN'] } });
    goOn();

    const final = await end(run);
    expect([final.status, final.statusReason]).toEqual(['succeeded', null]);
    const log = logOf(run);
    for (const line of ['. 700 1000', 'env 700 1000', 'env/NPM_TOKEN 400 1000', 'github 400 1000', 'Read-only file system', 'HEAD -> anyon/run-']) expect(log).toContain(line);
    expect(log).toMatch(/\\nro(,[a-z]+)*\\n/);
    expect(placesWith([bench.gitToken, bench.npmToken], { log })).toEqual([]);
    await until('the folder to go', () => !existsSync(folder), 5_000);
    const refs = execFileSync('git', ['-C', path.join(bench.product.directory, 'git/secret-plans.git'), 'branch', '--list', run.branch], { encoding: 'utf8' });
    expect(refs).toContain(run.branch);
    await until('the raw output to go', () => !existsSync(path.join(workspaceDir(workspace.id), 'exchange', run.id)), 5_000);
    // What Claude was shown by its own tool is in its own memory of the conversation, in the workspace, and nowhere else.
    expect(placesWith([bench.gitToken, bench.npmToken], everywhere()).filter((place) => !place.includes('/.anyon/claude/'))).toEqual([]);
    expect(inContainer('bash', '-c', 'cat /workspace/repo/.git/config; git -C /workspace/repo reflog --all')).not.toContain(bench.gitToken);
  });

  it('SEC-15 is in the audit once, by name, and its use is noted on the secret', async () => {
    const [use] = await database().select().from(secretUses).where(and(eq(secretUses.secretName, 'NPM_TOKEN'), eq(secretUses.userId, owner.userId)));
    const attempt = use?.attempt ?? '';
    expect((await usesOf(attempt)).map(({ secretName, endedAt }) => [secretName, endedAt instanceof Date]).sort()).toEqual([['NPM_TOKEN', true], ['github', true]]);
    expect(await audited(attempt)).toMatchObject([{ actorLogin: 'owner', subjectId: use?.runId, details: { secrets: 'github (version 1), NPM_TOKEN (version 1)' } }]);
    const [secret] = await database().select().from(secrets).where(eq(secrets.name, 'NPM_TOKEN'));
    expect(secret?.lastUsedAt).toBeInstanceOf(Date);
  });

  it('SEC-09 serves no other host', async () => {
    const before = bench.stranger.shown.length;
    const run = await end(await start(bash(`git ls-remote ${bench.stranger.url}/secret-plans.git; echo "status $?"`)));
    expect(logOf(run)).toContain('status 128');
    expect(bench.stranger.shown.length).toBeGreaterThan(before);
    expect(bench.stranger.shown.filter(Boolean)).toEqual([]);
  });

  it('D2-19 is looked at after every restart and unpause of the container, and after none is it otherwise', async () => {
    const containerId = workspace.container.id ?? '';
    for (const change of [['restart', '--time', '0'], ['pause'], ['unpause'], ['kill', '--signal', 'KILL'], ['start']]) {
      execFileSync('docker', [...change, containerId]);
      if (change[0] === 'pause' || change[0] === 'kill') continue;
      await assertSecretsInPlace(containerEngine(), { workspaceId: workspace.id, containerId, injected: null });
    }
  });

  it('is not handed over when something of it is wrong', async () => {
    const place = { workspaceId: workspace.id, attempt: 'trial' };
    const containerId = workspace.container.id ?? '';
    const files = [{ name: 'github', value: 'host=h\n', secret: null }, { name: 'env/A_B', value: 'value', secret: null }];
    const look = () => assertSecretsInPlace(containerEngine(), { workspaceId: workspace.id, containerId, injected: { attempt: 'trial', names: ['github', 'env/A_B'] } });
    const folder = attemptSecretsDir(workspace.id, 'trial');
    const wrong: [() => void, RegExp][] = [
      [() => chmodSync(folder, 0o755), /has the mode 755 and not 700/],
      [() => chmodSync(path.join(folder, 'env/A_B'), 0o440), /has the mode 440 and not 400/],
      [() => execFileSync('chown', ['0', path.join(folder, 'github')]), /belongs to user 0 and not to 1000/],
      [() => rmSync(path.join(folder, 'github')), /is not there/],
      [() => writeFileSync(path.join(folder, 'more'), 'x'), /in the container more has the mode|the container sees .*more/],
      [() => { rmSync(path.join(folder, 'github')); symlinkSync('/etc/hostname', path.join(folder, 'github')); }, /is not a plain file/],
      [() => chmodSync(workspaceSecretsDir(workspace.id), 0o777), /has the mode 777 and not 711/],
    ];
    for (const [spoil, sentence] of wrong) {
      await injectSecrets({ ...place, runId: null, userId: owner.userId }, files);
      await look();
      spoil();
      await expect(look()).rejects.toThrow(sentence);
      chmodSync(workspaceSecretsDir(workspace.id), 0o711);
    }
    await withdrawSecrets(place);
    expect(existsSync(folder)).toBe(false);
  });

  it('fails the run with a sentence when its container looks at another folder; a restart puts that right', async () => {
    renameSync(workspaceSecretsDir(workspace.id), `${workspaceSecretsDir(workspace.id)}-old`);
    const run = await end(await start('[[sim:text text=never]]'));
    expect(run.status).toBe('failed');
    expect(run.statusReason).toMatch(/sees another folder than the one that secrets are put into\. Nothing was handed over\. Restart the workspace/);
    expect(readdirSync(workspaceSecretsDir(workspace.id))).toEqual(['.place']);
    await stopWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    await workspaceWhere(owner, workspace, ({ status }) => status === 'stopped');
    await startWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    workspace = await workspaceWhere(owner, workspace, ({ status }) => status === 'running' || status === 'unhealthy');
    const after = await end(await start('[[sim:text text=well]]'));
    expect([after.status, after.statusReason]).toEqual(['succeeded', null]);
  });
});

describe('SEC-08 what a run was given is gone', () => {
  it.each<[string, string, (run: RunView) => Promise<unknown>]>([
    ['fails', 'failed', async () => {}],
    ['is stopped', 'stopped', async (run) => stopRun(await requireRunAccess(owner, run.id))],
    ['loses its container', 'interrupted', async () => execFileSync('docker', ['kill', '--signal', 'KILL', workspace.container.id ?? ''])],
  ])('when it %s', async (_how, status, finish) => {
    const { run, goOn } = status === 'failed' ? await startWaiting('true', '[[sim:error status=400]]') : await startWaiting();
    expect(existsSync(path.join(folderOf(run), 'github'))).toBe(true);
    await finish(run);
    if (status === 'failed') goOn();
    const final = await end(run);
    expect([final.status, final.statusReason]).toEqual([status, expect.any(String)]);
    await until('the folder to go', () => !existsSync(folderOf(run)), 5_000);
    await until('the end to be noted', async () => (await usesOf(run.id)).every(({ endedAt }) => endedAt !== null), 5_000);
    if (status !== 'interrupted') return;
    execFileSync('docker', ['start', workspace.container.id ?? '']);
  });

  it('soon after a person has deleted the secret, while the rest of the run goes on', async () => {
    const { secretId } = await putSecret(database(), { ownerId: owner.userId, kind: 'custom', name: 'SHORT_LIVED' }, fresh('value-'));
    const { run, goOn } = await startWaiting();
    const file = path.join(folderOf(run), 'env/SHORT_LIVED');
    expect(existsSync(file)).toBe(true);
    await sweepSecrets();
    expect(existsSync(file)).toBe(true);
    await deleteSecret(database(), secretId);
    await sweepSecrets();
    expect([existsSync(file), existsSync(path.join(folderOf(run), 'env/NPM_TOKEN')), existsSync(path.join(folderOf(run), 'github'))]).toEqual([false, true, true]);
    goOn();
    expect((await end(run)).status).toBe('succeeded');
  });

  it('when it was left behind: fifty orphans and what was planted among them, but nothing of a live run and nothing beyond a link', async () => {
    const { run, goOn } = await startWaiting();
    const outside = path.join(bench.product.directory, 'outside');
    mkdirSync(path.join(outside, 'deep'), { recursive: true });
    writeFileSync(path.join(outside, 'deep/keep'), 'keep');
    const orphans = Array.from({ length: 50 }, (_, index) => path.join(secretsDir(), [workspace.id, uuidv7()][index % 2] ?? '', [uuidv7(), `${uuidv7()}-2`, `clone-${uuidv7()}`, 'setup'][index % 4] ?? ''));
    for (const orphan of orphans) {
      mkdirSync(orphan, { recursive: true });
      writeFileSync(path.join(orphan, 'claude'), 'left behind');
      symlinkSync(outside, path.join(orphan, 'link'));
    }
    const links = [path.join(secretsDir(), uuidv7()), path.join(secretsDir(), 'odd'), path.join(workspaceSecretsDir(workspace.id), uuidv7())];
    for (const link of links) symlinkSync(outside, link);
    const staged = path.join(secretsDir(), readdirSync(secretsDir()).find((name) => name.startsWith('.install-')) ?? '', 'left-by-a-dead-worker');
    mkdirSync(staged);
    const begun = performance.now();
    await sweepSecrets();
    expect(performance.now() - begun).toBeLessThan(10_000);
    for (const gone of [...orphans, ...links, staged]) expect([gone, lstatSync(gone, { throwIfNoEntry: false })]).toEqual([gone, undefined]);
    expect(readFileSync(path.join(outside, 'deep/keep'), 'utf8')).toBe('keep');
    expect(readdirSync(folderOf(run)).sort()).toEqual(['env', 'github']);
    expect(readdirSync(secretsDir()).filter((name) => !name.startsWith('.')).sort()).toEqual(readdirSync(path.dirname(workspaceDir(workspace.id))).sort());
    goOn();
    expect((await end(run)).status).toBe('succeeded');
  });

  it('except what another install of this machine has put there', async () => {
    const [mark, theirs] = [path.join(secretsDir(), '.install-0123456789ab'), path.join(secretsDir(), uuidv7(), uuidv7())];
    mkdirSync(mark);
    mkdirSync(theirs, { recursive: true });
    await sweepSecrets();
    expect(existsSync(theirs)).toBe(true);
    rmSync(mark, { recursive: true });
    await sweepSecrets();
    expect(existsSync(path.dirname(theirs))).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)('or an alert says that it could not be removed, until it could', async () => {
    const place = { workspaceId: workspace.id, attempt: uuidv7() };
    const folder = attemptSecretsDir(place.workspaceId, place.attempt);
    await injectSecrets({ ...place, runId: null, userId: owner.userId }, [{ name: 'github', value: 'x', secret: null }]);
    mkdirSync(path.join(folder, 'held'));
    execFileSync('mount', ['-t', 'tmpfs', 'held', path.join(folder, 'held')]);
    const told = async () => database().select().from(alerts).where(and(eq(alerts.kind, 'secret_not_removed'), eq(alerts.key, `secret_not_removed:${place.workspaceId}/${place.attempt}`)));
    try {
      await expect(withdrawSecrets(place)).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await told()).toMatchObject([{ severity: 'error', resolvedAt: null, body: expect.stringContaining(place.attempt) as string }]);
    } finally {
      execFileSync('umount', [path.join(folder, 'held')]);
    }
    await sweepSecrets();
    expect(existsSync(folder)).toBe(false);
    expect(await told()).toMatchObject([{ resolvedAt: expect.any(Date) as Date }]);
  });

  it('when its workspace is stopped or deleted', async () => {
    const { run } = await startWaiting();
    await stopWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    await workspaceWhere(owner, workspace, ({ status }) => status === 'stopped');
    expect(readdirSync(workspaceSecretsDir(workspace.id))).toEqual(['.place']);
    expect((await end(run)).status).toBe('interrupted');
    await deleteWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    await until('the place for its secrets to go', () => !existsSync(workspaceSecretsDir(workspace.id)), 60_000);
  });
});
