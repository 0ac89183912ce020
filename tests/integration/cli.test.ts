import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { runLogDir } from '@/server/deployment/paths';
import { createToken } from '@/server/people/api-tokens/create-token';
import { runBatches } from '@/server/workspaces/batches/batch-runner';
import { startCliBench, type CliBench, type Ended } from '@/tests/setup/cli-bench';
import { freePort } from '@/tests/setup/free-ports';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, runWhere } from '@/tests/setup/wait-for-state';

/** The bundled program against the public API in a process of its own, a worker, the real engine and the real CLI with the simulator. */
let product: TestProduct;
let worker: TestWorker;
let bench: CliBench;
let owner: Actor;
let token: string;
let workspace: WorkspaceView;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  [bench, workspace] = await Promise.all([startCliBench(), runningWorkspace(owner, { repositoryUrl: product.addRepository('hello', { 'README.md': '# Hello\n' }), limits: { memoryBytes: 1024 ** 3 } })]);
  token = (await createToken(owner, { name: 'laptop', scopes: ['read', 'run', 'workspace'], expiresInDays: 1 })).value;
});
afterAll(async () => {
  await bench?.close();
  await worker?.stop();
  await product?.close();
});

const signedIn = (): Record<string, string> => ({ ANYON_URL: bench.url, ANYON_TOKEN: token });
const anyon = (...args: string[]): Promise<Ended> => bench.run(args, { env: signedIn() });
const inJson = <T>({ code, out, err }: Ended): T => {
  expect(`${code} ${err}`).toMatch(/^[01] /);
  return JSON.parse(out.toString()) as T;
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const until = (check: () => boolean): Promise<void> => vi.waitFor(() => expect(check()).toBe(true), { timeout: 60_000, interval: 20 });

describe('signing in', () => {
  it('takes a token that counts, saves it for this user alone, and forgets it', async () => {
    const login = await bench.run(['login', '--url', bench.url], { input: `${token}\n` });
    expect(login).toMatchObject({ code: 0 });
    expect(login.out.toString()).toContain('as owner. The token “laptop” may read, run, workspace');
    expect(login.out.toString() + login.err).not.toContain(token);
    expect(statSync(bench.configFile).mode & 0o777).toBe(0o600);
    expect((await bench.run(['whoami'])).out.toString()).toContain(`owner at ${bench.url}`);
    expect((await bench.run(['logout'])).code).toBe(0);
    expect(await bench.run(['whoami'])).toMatchObject({ code: 3, err: 'You are not signed in. Sign in with `anyon login`.\n' });
  });

  it('saves nothing that was refused', async () => {
    const refused = await bench.run(['login', '--url', bench.url], { input: 'anyon_made_up' });
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.err).toContain('This token is not known here');
    expect((await bench.run(['whoami'])).code).toBe(3);
  });
});

describe('a run from the command line', () => {
  it('is followed in words to its success, and its diff is a patch', async () => {
    const nobodyThere = bench.run(['whoami'], { env: { ANYON_URL: `http://localhost:${await freePort()}`, ANYON_TOKEN: token } }); // it tries for some seconds
    const { code, out, err } = await anyon('run', 'hello', '[[sim:write path=notes.txt content="from afar"]] [[sim:text text="All is written."]]', '--follow');
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('hello#1: succeeded. 1 file changed') as string });
    expect(out.toString()).toMatch(/● Write .*notes\.txt[\s\S]*All is written\./);
    const diff = await anyon('diff', 'hello#1');
    expect(diff.out.toString()).toMatch(/^diff --git a\/notes\.txt b\/notes\.txt\n[\s\S]*\+from afar/);
    expect(inJson<RunView[]>(await anyon('runs', 'hello', '--json'))).toMatchObject([{ number: 1, status: 'succeeded' }]);
    expect(await nobodyThere).toMatchObject({ code: 6, err: expect.stringContaining('does not answer (ECONNREFUSED)') as string });
  });

  it('ends with 1 when it fails, and with its last state as JSON', async () => {
    const failed = await bench.run(['run', workspace.id, '-', '--follow', '--json'], { env: signedIn(), input: '[[sim:error status=400 message="no"]]' });
    expect(failed.code).toBe(1);
    expect(inJson<RunView>(failed)).toMatchObject({ status: 'failed', prompt: '[[sim:error status=400 message="no"]]' });
  });

  it('loses no byte of its log when the server is killed, and goes on when its reader leaves', async () => {
    const started = await anyon('run', 'hello', '[[sim:loop times=6 cmd="seq 1 60; sleep 0.3"]] [[sim:text text="ä ö ü 🙂"]]');
    const id = started.out.toString().trim();
    const reader = bench.start(['logs', '-f', id], { env: signedIn() });
    const leaver = bench.start(['logs', '-f', '--readable', id], { env: signedIn() });
    await until(() => reader.out().length > 2_000 && leaver.out().length > 0);
    leaver.child.kill('SIGINT');
    expect(await leaver.ended).toMatchObject({ code: 130, err: expect.stringContaining('goes on. Watch it again') as string });
    await bench.killServer();
    await until(() => reader.err().includes('The connection broke.'));
    await bench.startServer();
    const run = await endedRun(owner, { id });
    const { code, out, err } = await reader.ended;
    expect({ code, status: run.status, err }).toMatchObject({ code: 0, status: 'succeeded', err: expect.stringContaining('The connection is back.') as string });
    const file = readFileSync(path.join(runLogDir(id), 'out.log'));
    expect([out.length, sha256(out)]).toEqual([run.outBytes, sha256(file)]);
    expect(sha256((await anyon('logs', id, '--stream', 'out')).out)).toBe(sha256(file));
    const from = await anyon('logs', id, '--stream', 'out', '--from', String(file.length - 100));
    expect(from.out).toEqual(file.subarray(-100));
  });

  it('asks, is answered, and is stopped', async () => {
    const id = (await anyon('run', 'hello', '[[sim:bash cmd="touch asked"]] [[sim:hang]]', '--permission-mode', 'default')).out.toString().trim();
    await runWhere(owner, { id }, ({ status }) => status === 'needs_you');
    expect((await anyon('answer', id)).out.toString()).toMatch(/May Claude use Bash\?[\s\S]*touch asked/);
    expect(await anyon('answer', id, '--allow')).toMatchObject({ code: 0 });
    expect((await anyon('stop', id)).code).toBe(0);
    expect(await endedRun(owner, { id })).toMatchObject({ status: 'stopped' });
    expect(await anyon('logs', '-f', id, '--json')).toMatchObject({ code: 1 });
  });

  it('that is not there is told from one that may not be looked at, and both from a wrong command', async () => {
    expect(await anyon('logs', 'hello#99')).toMatchObject({ code: 4, err: expect.stringContaining('has no run 99') as string });
    expect(await anyon('diff', '00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 4 });
    expect(await anyon('run', 'hello', ' ')).toMatchObject({ code: 2, err: 'Say what Claude should do.\n' });
    const reader = (await createToken(owner, { name: 'reader', scopes: ['read'], expiresInDays: 1 })).value;
    expect(await bench.run(['run', 'hello', 'Do it'], { env: { ...signedIn(), ANYON_TOKEN: reader } })).toMatchObject({ code: 3, err: expect.stringContaining('needs the scope “run”') as string });
  });
});

describe('the MCP server', () => {
  it('lets another agent start a run, wait for it, and read what it did', async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [bench.program, 'mcp'], env: { ...bench.environment, ...signedIn() } }));
    const call = async (name: string, args: Record<string, unknown>, heard: string[] = []): Promise<Record<string, unknown>> => {
      const { content, isError } = await client.callTool({ name, arguments: args }, { onprogress: ({ message }) => heard.push(message ?? '') });
      const [first] = content as { text: string }[];
      return isError ? { error: first?.text } : (JSON.parse(first?.text ?? '') as Record<string, unknown>);
    };
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).toSorted()).toEqual(['answer_question', 'create_workspace', 'get_diff', 'get_run', 'list_workspaces', 'read_log', 'send_follow_up', 'start_run', 'stop_run', 'wait_for_run']);
      expect(tools.find(({ name }) => name === 'stop_run')?.annotations).toMatchObject({ destructiveHint: true, readOnlyHint: false });
      expect(tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name).toSorted()).toEqual(['get_diff', 'get_run', 'list_workspaces', 'read_log', 'wait_for_run']);
      const { id } = await call('start_run', { workspace: 'hello', prompt: '[[sim:bash cmd="sleep 2"]] [[sim:write path=agent.txt content="by an agent"]] [[sim:text text="Done by an agent."]]' });
      const heard: string[] = [];
      expect(await call('wait_for_run', { run: id, timeoutSeconds: 60 }, heard)).toMatchObject({ status: 'succeeded', ended: true, said: expect.stringContaining('Done by an agent.') as string });
      expect(heard.length).toBeGreaterThan(0);
      expect(await call('get_diff', { run: id })).toMatchObject({ files: [{ path: 'agent.txt' }], patch: expect.stringContaining('+by an agent') as string });
      const log = await call('read_log', { run: id, from: 0, bytes: 65_536 });
      expect(log).toMatchObject({ from: 0, text: expect.stringContaining('● Write') as string });
      const raw = await call('read_log', { run: id, as: 'raw', from: 10, bytes: 50 });
      expect(raw['text']).toBe(readFileSync(path.join(runLogDir(String(id)), 'out.log')).subarray(10, 60).toString());
      expect(await call('get_run', { run: 'hello#99' })).toMatchObject({ error: expect.stringContaining('has no run 99') as string });
      expect(await call('wait_for_run', { run: id, timeoutSeconds: 100_000 })).toHaveProperty('error');
    } finally {
      await client.close();
    }
  });

  it('is taken by the real Claude Code', async () => {
    const name = `${product.instance}-mcp`;
    const claude = ['claude mcp add anyon -- node /opt/anyon.mjs mcp', 'claude mcp list'];
    const mount = ['--volume', `${bench.program}:/opt/anyon.mjs:ro`, '--env', 'ANYON_URL=http://localhost:9', '--env', 'ANYON_TOKEN=anyon_none', '--env', 'HOME=/tmp', '--workdir', '/tmp'];
    const { stdout } = await promisify(execFile)('docker', ['run', '--rm', '--name', name, '--label', `anyon.instance=${product.instance}`, '--network', 'none', ...mount, '--entrypoint', 'bash', 'anyon-claude:latest', '-ec', claude.join('; ')]);
    expect(stdout).toMatch(/^anyon: node \/opt\/anyon\.mjs mcp - \S+ Connected/m);
  });
});

describe('a batch', () => {
  it('tells what came of each workspace, and asks before it deletes', async () => {
    const ending = new AbortController();
    const running = runBatches(ending.signal);
    try {
      const { code, out, err } = await anyon('batch', 'stop', '--filter-name', 'hel');
      expect({ code, out: out.toString(), err }).toEqual({ code: 0, out: '[1/1] hello: succeeded\n', err: '1 of 1 succeeded.\n' });
      expect(await anyon('batch', 'delete', '--all')).toMatchObject({ code: 2, err: expect.stringContaining('say it with --yes') as string });
      expect(await anyon('batch', 'start')).toMatchObject({ code: 2 });
      expect(inJson<WorkspaceView[]>(await anyon('workspaces', '--json'))).toMatchObject([{ name: 'hello', status: 'stopped' }]);
    } finally {
      ending.abort();
      await running;
    }
  });
});
