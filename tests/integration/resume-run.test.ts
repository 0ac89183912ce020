import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import { createWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { containerEngine } from '@/server/containers/container-engine';
import { addPrivateDestination } from '@/server/egress/private-destinations';
import { requireRunAccess } from '@/server/runs/access';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { getRun } from '@/server/runs/run-queries';
import { resumeRun } from '@/server/runs/resume-run';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** Going on with a run that ended: the real CLI in the real engine, with the simulator in Claude's place and a listener before it. */
const MIB = 1024 ** 2;
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let wire: Wire;
let workspace: WorkspaceView;

beforeAll(async () => {
  product = await startTestProduct();
  wire = await listenBefore(process.env['ANYON_SIMULATOR_URL'] ?? '', product.gateway);
  changeEnvironment({ ANYON_SIMULATOR_URL: wire.url });
  const { hostname, port } = new URL(wire.url);
  await addPrivateDestination(await product.addUser('admin', 'admin'), { host: hostname, port: Number(port) });
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  const { id } = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, limits: { memoryBytes: 512 * MIB } }));
  workspace = await workspaceWhere(id, ({ status }) => status !== 'creating');
  expect(workspace.statusReason).toBeNull();
});

afterAll(async () => {
  await worker?.stop();
  await wire?.close();
  await product?.close();
});

interface Wire {
  url: string;
  /** The texts of every message that was sent to Claude and that hold `text`, request by request. */
  requestsWith: (text: string) => string[];
  close: () => Promise<void>;
}

/** Passes everything on to the simulator and remembers what the CLI sent. */
async function listenBefore(target: string, host: string): Promise<Wire> {
  const sent: string[] = [];
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (request.url?.startsWith('/v1/messages')) sent.push(body.toString());
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name))) as Record<string, string>;
    const answer = await fetch(`${target}${request.url}`, { method: request.method ?? 'GET', headers, ...(body.length > 0 && { body }) });
    response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => !['content-encoding', 'content-length', 'transfer-encoding'].includes(name))));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  };
  const server = createServer((request, response) => void passOn(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The listener has no port.');
  return {
    url: `http://${host}:${address.port}`,
    requestsWith: (text) => sent.filter((body) => body.includes(text)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function workspaceWhere(id: string, done: (view: WorkspaceView) => boolean): Promise<WorkspaceView> {
  for (;;) {
    const view = await getWorkspace(await requireWorkspaceAccess(owner, id));
    if (done(view)) return view;
    await sleep(100);
  }
}

async function runWhere(id: string, done: (view: RunView) => boolean): Promise<RunView> {
  for (;;) {
    const view = await getRun(await requireRunAccess(owner, id));
    if (done(view)) return view;
    await sleep(50);
  }
}

const end = (run: RunView) => runWhere(run.id, ({ status }) => isFinal(status));
const start = async (prompt: string) => startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt });
const resume = async (run: RunView, input: Parameters<typeof resumeRun>[1] = {}) => resumeRun(await requireRunAccess(owner, run.id), input);

/** Each child is smaller than Claude itself, so that the kernel's choice falls on Claude. */
const eatMemory = `perl -e 'for (1..12) { next if fork; $x = "x" x 60_000_000; sleep 60; exit } sleep 60'`;

describe('N9 a run that ran out of memory', () => {
  let killed: RunView;

  it('says so with the limit and the peak, and what helps', async () => {
    killed = await end(await start(`[[sim:write path=kept.txt content="before the end\\n"]] [[sim:bash cmd="${eatMemory.replaceAll('"', '\\"')}" timeout=60000]]`));
    expect(killed.status).toBe('failed');
    expect(killed.outOfMemory).toBe(true);
    expect(killed.statusReason).toMatch(/^The run needed more memory than its workspace has, and was ended: the limit is 512 MiB, and 5\d\d MiB were in use at the peak\.$/);
    expect(killed.nextStep).toBe('Give the workspace more memory and resume the run: Claude goes on where it was.');
  });

  it('goes on with more memory, given live, in the same Claude session, worktree and branch', async () => {
    const container = (await workspaceWhere(workspace.id, () => true)).container;
    await expect(resume(killed, { memoryBytes: 256 * MIB })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/^The workspace has 512 MiB of memory already/) });
    const resumed = await resume(killed, { memoryBytes: 2048 * MIB, prompt: '[[sim:bash cmd="cat kept.txt && echo and after >> kept.txt"]] [[sim:text text="done now"]]' });
    expect(resumed).toMatchObject({ resumesRunId: killed.id, claudeSessionId: killed.claudeSessionId, branch: killed.branch, number: killed.number + 1 });
    const run = await end(resumed);
    expect(run.statusReason).toBeNull();
    expect(run.status).toBe('succeeded');

    // The conversation went on: the request that carried the new prompt carried the old one and its answers too.
    const [request = ''] = wire.requestsWith('and after >> kept.txt');
    expect(request).toContain('before the end');
    expect(transcriptsOf(killed)).toEqual([`${killed.claudeSessionId}.jsonl`]);
    // The worktree too: what the first had written was there, and both are in the diff of the conversation.
    expect((await readRunDiff(await requireRunAccess(owner, run.id), 'conversation')).patch).toMatch(/\+before the end.*\+and after/s);
    // The memory: the same container, with the new limit.
    const now = await workspaceWhere(workspace.id, () => true);
    expect(now.limits.memoryBytes).toBe(2048 * MIB);
    expect(now.container).toMatchObject({ id: container.id, startedAt: container.startedAt });
    expect((await containerEngine().inspectContainer(container.id ?? ''))?.limits.memoryBytes).toBe(2048 * MIB);
  });
});

describe('a run that ended otherwise', () => {
  it('goes on after a failure of the API, and again after that, always in the first one’s place', async () => {
    const failed = await end(await start('[[sim:write path=notes.txt content="one"]] [[sim:error status=400]]'));
    expect(failed.status).toBe('failed');
    expect(failed.nextStep).toBe('Read the end of the log, then resume it or start another run.');
    const second = await end(await resume(failed));
    expect(second.statusReason).toBeNull();
    expect(second).toMatchObject({ status: 'succeeded', prompt: 'Go on where you stopped.', resumesRunId: failed.id });
    const third = await end(await resume(second, { prompt: '[[sim:bash cmd="cat notes.txt"]] [[sim:text text="the third word"]]' }));
    expect(third).toMatchObject({ status: 'succeeded', resumesRunId: second.id, branch: failed.branch });
    const [request = ''] = wire.requestsWith('the third word');
    expect(request).toContain('Go on where you stopped.');
    expect(request).toContain('notes.txt');
    expect(transcriptsOf(failed)).toEqual([`${failed.claudeSessionId}.jsonl`]);
  });

  it('goes on after a stop, and cannot twice at once', async () => {
    const stopped = await start('[[sim:bash cmd="tail -f /dev/null"]]');
    await expect(resume(stopped)).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('is still on') });
    while (!execFileSync('docker', ['top', workspace.container.id ?? '', '-eo', 'pid,args'], { encoding: 'utf8' }).includes('tail -f')) await sleep(100);
    await stopRun(await requireRunAccess(owner, stopped.id));
    const ended = await end(stopped);
    expect(ended.status).toBe('stopped');
    const both = await Promise.allSettled([resume(ended, { prompt: '[[sim:bash cmd="sleep 3"]]' }), resume(ended, { prompt: '[[sim:bash cmd="sleep 3"]]' })]);
    const [won] = both.filter((one) => one.status === 'fulfilled');
    const [lost] = both.filter((one) => one.status === 'rejected');
    expect(lost?.reason).toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^Run #\d+ is at work in this session already\./) });
    if (won) expect((await end(won.value)).status).toBe('succeeded');
  });

  it('cannot go on when its worktree is gone, when Claude had not begun, or for somebody else', async () => {
    const run = await end(await start('[[sim:text text="hello"]]'));
    const worktree = path.join(product.directory, 'data/workspaces', workspace.id, 'files/worktrees', run.id);
    renameSync(worktree, `${worktree}.gone`);
    await expect(resume(run)).rejects.toMatchObject({ kind: 'precondition', message: `The worktree of run #${run.number} does not exist any more, so there is nothing to go on with. Start another run.` });
    renameSync(`${worktree}.gone`, worktree);
    renameSync(claudeFiles(run), `${claudeFiles(run)}.gone`);
    await expect(resume(run)).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/^Claude had not begun when run #\d+ ended/) });
    const stranger = await product.addUser('stranger');
    await expect(requireRunAccess(stranger, run.id)).rejects.toMatchObject({ kind: 'not_found' });
  });
});

function claudeFiles(run: RunView): string {
  return path.join(product.directory, 'data/workspaces', workspace.id, 'files/.anyon/claude', run.id);
}

/** Names of the conversations that the CLI keeps for the session of this first run. */
function transcriptsOf(run: RunView): string[] {
  return readdirSync(path.join(claudeFiles(run), 'projects'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => path.basename(name));
}
