import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFinal, type RunView } from '@/contract/run';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { publishByMistake, reviewByMistake, searchByMistake, steerByMistake, typeByMistake } from '@/tests/e2e/canary-mistakes';
import { CanaryRequests } from '@/tests/e2e/canary-requests';
import { dockerSinks, findSecrets, folderSinks, processSinks, type Sink } from '@/tests/e2e/canary-sinks';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { openChromium, visit, type TestChromium } from '@/tests/setup/browser';
import { openProductDatabase } from '@/tests/setup/product-database';
import { startRunningProduct, type AnyonClient, type RunningProduct } from '@/tests/setup/running-product';
import { simulatorAddress } from '@/tests/setup/simulator-address';

/**
 * SEC-01: three secrets are planted (a GitHub token, a Claude token, a secret of one's own), the product is used with them, a
 * run tells everything that it can reach in every spelling it knows, and afterwards the secrets are searched for wherever they
 * must not be. A marker that is no secret goes the same ways: where it is not found, the search looked at nothing.
 */
const IMAGE = 'anyon-claude:latest';
const marker = `marker-${randomBytes(12).toString('hex')}`;
const secrets = { 'GitHub token': '', 'Claude token': `canary-${randomBytes(24).toString('base64url')}`, 'own secret': randomBytes(27).toString('base64url') };
const began = new Date();

let directory: string;
let git: { url: string; close: () => Promise<void> };
let github: FakeGitHub;
let product: RunningProduct;
let chromium: TestChromium;
let client: AnyonClient;
let cookie: string;
let requests: CanaryRequests;
let workspaceId: string;
let runId: string;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-canary-'));
  mkdirSync(path.join(directory, 'git'));
  git = await startGitHttpServer({ directory: path.join(directory, 'git'), host: await bridgeGateway(process.env['DOCKER_HOST']) });
  createRepository({ directory: path.join(directory, 'git'), name: 'private-canary/house', files: { 'README.md': '# House\n', 'tell.sh': TELL_EVERYTHING } });
  github = await startFakeGitHub();
  secrets['GitHub token'] = github.tokens.add(github.user).value;
  const settings = { ANYON_GITHUB_URL: git.url, ANYON_GITHUB_API_URL: github.apiUrl, ANYON_EGRESS_PRIVATE: new URL(git.url).host };
  [product, chromium] = await Promise.all([startRunningProduct({ env: settings }), openChromium()]);
  ({ client, cookie } = await product.signIn());
  requests = new CanaryRequests(product.origin, cookie);
});

afterAll(async () => {
  await chromium?.close();
  await product?.close();
  await github?.close();
  await git?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Prints what a run can reach, as it is and in the spellings that programs use, and leaves it in the working tree. */
const TELL_EVERYTHING = `#!/bin/sh
echo "$1"
find "$ANYON_SECRETS_DIR" -type f | while read -r file; do
  echo "file $file"
  cat "$file"; echo
  base64 -w0 "$file"; echo
  base64 "$file"; echo
  { printf x; cat "$file"; } | base64 -w0; echo
  { printf xx; cat "$file"; } | base64 -w0; echo
  base64 -w0 "$file" | tr '+/' '-_'; echo
  od -An -v -tx1 "$file" | tr -d ' \\n'; echo
  od -An -v -tx1 "$file" | tr -d ' \\n' | tr a-f A-F; echo
  od -An -v -tx1 "$file" | tr -d ' \\n' | sed 's/../%&/g'; echo
  iconv -f UTF-8 -t UTF-16LE "$file"; echo
  cat "$file" >> told.txt; echo >> told.txt
  base64 "$file" >> told.txt
done
echo "$1" >> told.txt
env
git remote -v
cat "$(git rev-parse --git-common-dir)/config"
cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'
git add told.txt && git -c user.name=A -c user.email=a@localhost commit -q -m "Tells $1" && git reset -q --soft HEAD~1
git push -q origin HEAD:refs/heads/canary && echo pushed
`;

/** Waits until the run is so; throws with its own words when it is over, parked, or not so after a minute and a half. */
async function until(id: string, so: (run: RunView) => boolean): Promise<void> {
  for (const deadline = Date.now() + 90_000; ; ) {
    const run = await client.runs.byId.query({ runId: id });
    if (so(run)) return;
    if (isFinal(run.status) || run.status === 'parked' || Date.now() > deadline) throw new Error(`The run is ${run.status}: ${run.statusReason ?? 'no reason'}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** All secrets beside what is none, as a person writes them by mistake. */
const story = () => ({ requests, workspaceId, runId, words: `${marker} ${Object.values(secrets).join(' ')}`, secret: secrets['own secret'], marker });

describe('SEC-01 three secrets', () => {
  it('are taken, and told to nobody when they are entered wrongly', async () => {
    expect(await requests.post('secrets.set', { name: 'CANARY_SECRET', value: secrets['own secret'] })).toBe(200);
    expect(await requests.post('connections.gitHub.connect', { token: secrets['GitHub token'] })).toBe(200);
    expect(await requests.post('connections.claude.connect', { method: 'gateway', baseUrl: simulatorAddress(product), token: secrets['Claude token'] })).toBe(200);
    expect(await requests.post('secrets.set', { name: 'not a name', value: secrets['own secret'] })).toBe(400);
    expect(await requests.post('secrets.set', { name: 'CANARY_SECRET', value: secrets['own secret'], more: secrets['own secret'] })).toBe(400);
    expect(await requests.post('connections.gitHub.connect', { token: `${secrets['GitHub token']} and more` })).toBe(400);
    expect(await requests.post('connections.claude.connect', { method: 'gateway', baseUrl: 'nowhere', token: secrets['Claude token'] })).toBe(400);
  });

  it('serve a run, which tells all that it can reach', async () => {
    const created = await client.workspaces.create.mutate({ repositoryUrl: `${git.url}/private-canary/house.git`, limits: { memoryBytes: 1024 ** 3, cpus: 1, pids: 512 } });
    workspaceId = created.id;
    await expect.poll(async () => (await client.workspaces.byId.query({ workspaceId })).status, { timeout: 60_000 }).toBe('running');
    runId = (await client.runs.start.mutate({ workspaceId, prompt: `[[sim:bash cmd="sh tell.sh ${marker}"]] [[sim:bash cmd="sleep 6"]] [[sim:text text="${marker}"]]` })).id;
    await until(runId, ({ outBytes }) => outBytes > 5_000);
    requests.seen.push(...processSinks(), ...dockerSinks(`anyon.instance=${product.instance}`, IMAGE, began));
    await requests.call('runs.diff', { runId });
    await until(runId, ({ status }) => status === 'succeeded');
    const log = await (await fetch(`${product.origin}/api/runs/${runId}/log?stream=out`, { headers: { cookie } })).text();
    for (const told of [marker, `/env/CANARY_SECRET`, 'pushed']) expect(log).toContain(told);
    expect(log).toMatch(/file \/anyon\/secrets\/\S+\/claude/);
    expect(log).toMatch(/file \/anyon\/secrets\/\S+\/github/);
    expect(execFileSync('git', ['-C', path.join(directory, 'git/private-canary/house.git'), 'branch', '--list', 'canary'], { encoding: 'utf8' })).toContain('canary');
  });

  it('may be named in a prompt, by mistake', async () => {
    const { id } = await client.runs.start.mutate({ workspaceId, prompt: `Use ${secrets['own secret']} and ${secrets['GitHub token']} and ${secrets['Claude token']}. [[sim:text text="said"]]` });
    await until(id, ({ status }) => status === 'succeeded');
    await requests.call('runs.byId', { runId: id });
  });

  it('may be written by mistake wherever a person writes: in comments, follow-ups, answers, schedules, titles, a terminal, a search', async () => {
    await reviewByMistake(story());
    await steerByMistake(story());
    await publishByMistake(story());
    await typeByMistake(story());
    await searchByMistake(story());
  });

  it('stand in no answer and on no page', async () => {
    const noInput = ['workspaces.list', 'removedWorkspaces.list', 'templates.list', 'batches.list', 'secrets.list', 'secrets.keyRotation', 'connections.gitHub.current', 'connections.claude.current', 'people.list', 'people.allowed', 'session.me', 'session.profile', 'session.list', 'alerts.list', 'alerts.banners', 'alerts.channels', 'alerts.sent', 'system.status', 'system.capacity', 'system.differences', 'egress.privateDestinations', 'alerts.unread', 'alerts.settings', 'schedules.list'];
    for (const name of noInput) await requests.call(name, undefined);
    for (const name of ['audit.list', 'board.cards']) await requests.call(name, {});
    await requests.call('workspaces.byId', { workspaceId });
    await requests.call('tasks.list', { workspaceId });
    await requests.call('runs.list', { workspaceId });
    await requests.call('runs.byId', { runId });
    await requests.call('runs.diff', { runId });
    await requests.call('runs.log', { runId }); // a stream, which ends with the run
    for (const name of ['checkpoints.list', 'egress.refusals', 'workspaces.setupLog', 'terminals.list']) await requests.call(name, { workspaceId });
    await requests.call('conversations.events', { runId, limit: 1000 });
    for (const name of ['conversations.runs', 'followUps.list', 'questions.list', 'notices.list']) await requests.call(name, { runId });
    for (const stream of ['out', 'err']) await requests.file(`log ${stream}`, `/api/runs/${runId}/log?stream=${stream}&download=1`);
    await requests.file('lines of the log', `/api/runs/${runId}/log?stream=out&lines=1-200&download=1`);

    const person = await chromium.person();
    await person.context.addCookies(cookie.split('; ').map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1), url: product.origin })));
    for (const place of ['/', '/schedules', '/search', `/workspaces/${workspaceId}`, `/workspaces/${workspaceId}?tab=terminal`, `/workspaces/${workspaceId}/runs/${runId}?tab=changes`, `/workspaces/${workspaceId}?tab=activity`, `/workspaces/${workspaceId}/runs/${runId}`, '/settings', '/settings?tab=secrets', '/settings?tab=audit', '/settings?tab=people', '/system', '/workspaces']) {
      const answer = await person.context.request.get(product.origin + place);
      requests.seen.push({ name: `HTML of ${place}`, content: await answer.body() });
      await visit(person.page, product.origin + place);
      await person.page.waitForTimeout(700);
      requests.seen.push({ name: `page ${place}`, content: Buffer.from(await person.page.content()) });
      requests.seen.push({ name: `storage of ${place}`, content: Buffer.from(await person.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]))) });
    }
  });

  it('are nowhere else: not with Docker, in a process, in the database, in a file', async () => {
    requests.seen.push(...processSinks(), ...dockerSinks(`anyon.instance=${product.instance}`, IMAGE, began), ...(await databaseSinks()));
    // The run's own working tree holds what it wrote there on purpose, and git what it added; everything around them is searched.
    const own = (file: string) => /^workspaces\/[^/]+\/files\//.test(file) && !/\/\.git\/(config|HEAD|packed-refs|FETCH_HEAD|logs\/)/.test(file);
    requests.seen.push(...folderSinks(product.dataDir, own), ...folderSinks(path.join(product.dataDir, '../tmp')));
    expect(requests.seen.length).toBeGreaterThan(200);
    expect(findSecrets(secrets, requests.seen)).toEqual([]);
  });

  it('would have been found: what is no secret stands in the log, the database, the answers and on the page', () => {
    const found = new Set(requests.seen.filter(({ content }) => content.includes(marker)).map(({ name }) => name.replace(/[0-9a-f-]{36}/g, '…')));
    for (const place of ['answer of runs.log', 'answer of runs.diff', 'answer of conversations.events', 'answer of review.comments', 'answer of followUps.list', 'answer of logs.search', 'screen of the terminal', 'log out', 'lines of the log', 'table runs', 'table run_events', 'table review_comments', 'table follow_ups', 'page /workspaces/…/runs/…']) expect([...found]).toContain(place);
    const control: Sink[] = [{ name: 'control', content: Buffer.from(`aa${Buffer.from(`xx${secrets['own secret']}y`).toString('base64')}bb`) }];
    expect(findSecrets(secrets, control)).not.toEqual([]);
  });
});

async function databaseSinks(): Promise<Sink[]> {
  const { sql, close } = openProductDatabase(product.dataDir);
  try {
    const tables = await sql<{ schema: string; name: string }[]>`select table_schema as schema, table_name as name from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
    return await Promise.all(
      tables.map(async ({ schema, name }) => {
        const rows = await sql.unsafe(`select row_to_json(t)::text as line from "${schema}"."${name}" t`);
        return { name: `table ${schema === 'public' ? '' : `${schema}.`}${name}`, content: Buffer.from(rows.map(({ line }) => line as string).join('\n')) };
      }),
    );
  } finally {
    await close();
  }
}
