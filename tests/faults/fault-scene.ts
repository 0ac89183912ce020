import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { isFinal, type RunView } from '@/contract/run';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { closeAll } from '@/tests/faults/close-all';
import { whole } from '@/tests/faults/extent';
import { keepSaving, type PageSaves } from '@/tests/faults/page-saves';
import { openChromium, visit } from '@/tests/setup/browser';
import type { AnyonClient, RunningProduct } from '@/tests/setup/running-product';
import { until } from '@/tests/setup/runtime-container';

/** What the generator says about itself (generator/witnessed-output.mjs). */
export interface Progress {
  pid: number;
  bytes: { out: number; err: number };
  events: number;
  longestStallMs: number;
  longestWriteMs: number;
  seconds: number;
  ended: boolean;
}

/** One run of the hostile generator in a product of its own, and a browser that watches it from before the first byte. */
export interface FaultScene {
  product: RunningProduct;
  client: AnyonClient;
  cookie: string;
  page: Page;
  /** What that page has received of the standard output, from its first byte on. */
  saves: PageSaves;
  workspaceId: string;
  runId: string;
  /** Folder of the host that the generator sees as /workspace. */
  files: string;
  progress(): Progress;
  /** Lets the generator end as soon as it has written all its bytes. */
  enough(): void;
  /** Resolves at the moment at which the run has left its exit. */
  exited(): Promise<void>;
  /** Resolves with the final run. */
  final(): Promise<RunView>;
  close(): Promise<void>;
}

export const SIMULATOR_KEY = 'sk-ant-api03-anyon-simulator-key-that-opens-nothing';
/** What the generator writes at least, and in what time. */
const BYTES = (whole ? 50 : 20) * 1024 * 1024;
const SECONDS = whole ? 40 : 16;

/** `ANYON_FAULT_SEED` repeats a run of the tests: the same output, the same order and pauses of the faults. */
export function faultSeed(): number {
  return Number(process.env['ANYON_FAULT_SEED'] ?? randomInt(2 ** 31));
}

/** Starts it. `gitHost` is an address of this machine that the workspace's container reaches. The generator begins when the page is live. */
export async function openFaultScene(product: RunningProduct, options: { gitHost: string; seed: number }): Promise<FaultScene> {
  const closing: (() => Promise<void>)[] = [];
  const close = () => closeAll(...closing.toReversed());
  try {
    const { client, cookie } = await product.signIn();
    const repository = await serveRepository(options.gitHost);
    closing.push(repository.close);
    const { hostname: host, port } = new URL(repository.url);
    await client.egress.addPrivateDestination.mutate({ host, port: Number(port) });
    const workspaceId = await readyWorkspace(client, repository.url);
    // The key that the run is handed is the simulator's, which is nobody's secret; as one it is masked in every spelling.
    await client.secrets.set.mutate({ name: 'PLANTED_KEY', value: SIMULATOR_KEY });
    const { id: runId } = await client.runs.start.mutate({ workspaceId, prompt: JSON.stringify({ seed: options.seed, bytes: BYTES, seconds: SECONDS }) });
    const workspace = path.join(product.dataDir, 'workspaces', workspaceId);
    const files = path.join(workspace, 'files');

    const chromium = await openChromium({ ownNetwork: new URL(product.origin).hostname === 'localhost' });
    closing.push(chromium.close);
    const { page, context } = await chromium.person();
    await context.addCookies(cookie.split('; ').map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1), url: product.origin })));
    await visit(page, `${product.origin}/workspaces/${workspaceId}/runs/${runId}`);
    await page.locator('[data-log-state=live]').waitFor();
    await until('the generator', () => existsSync(path.join(files, 'starts')));
    writeFileSync(path.join(files, 'go'), '');
    await until('the first bytes', () => existsSync(path.join(files, 'progress.json')));

    const progress = () => JSON.parse(readFileSync(path.join(files, 'progress.json'), 'utf8')) as Progress;
    const saves = keepSaving(page, () => progress().bytes.out);
    closing.push(async () => void (await saves.end()));

    const askFinal = async () => client.runs.byId.query({ runId }).then((run) => (isFinal(run.status) ? run : null)).catch(() => null); // the server may be away just now
    return {
      product,
      client,
      cookie,
      page,
      saves,
      workspaceId,
      runId,
      files,
      progress,
      enough: () => writeFileSync(path.join(files, 'enough'), ''),
      exited: async () => {
        const exit = path.join(workspace, 'exchange', runId, 'exit.json');
        // Looked for all the time, for what is aimed at are the moments after it.
        for (const deadline = Date.now() + 120_000; !existsSync(exit); await sleep(10)) if (Date.now() > deadline) throw new Error('Waited 120 s in vain for the exit of the run.');
      },
      final: async () => {
        let run: RunView | null = null;
        await until('the end of the run', async () => (run = await askFinal()) !== null, 60_000);
        return run as unknown as RunView;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serveRepository(host: string): Promise<{ url: string; close: () => Promise<void> }> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-faults-git-'));
  createRepository({ directory, name: 'plain', files: { 'README.md': '# Plain\n' } });
  const server = await startGitHttpServer({ directory, host });
  return {
    url: `${server.url}/plain.git`,
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function readyWorkspace(client: AnyonClient, repositoryUrl: string): Promise<string> {
  const { id } = await client.workspaces.create.mutate({ repositoryUrl, limits: { memoryBytes: 1024 ** 3 } });
  await until(
    'the workspace',
    async () => {
      const { status, statusReason } = await client.workspaces.byId.query({ workspaceId: id });
      if (!['creating', 'running'].includes(status)) throw new Error(`The workspace is ${status}: ${statusReason}`);
      return status === 'running';
    },
    60_000,
  );
  return id;
}
