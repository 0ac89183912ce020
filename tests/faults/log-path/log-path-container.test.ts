import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import { runEvents } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir, workspaceFilesDir } from '@/server/deployment/paths';
import { startRun } from '@/server/runs/start-run';
import { setSecret } from '@/server/secrets/change-person-secrets';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { closeAll } from '@/tests/faults/close-all';
import { problemsOfEvents } from '@/tests/faults/expected-events';
import { whole } from '@/tests/faults/extent';
import { faultSeed, SIMULATOR_KEY } from '@/tests/faults/fault-scene';
import { plantedTokens } from '@/tests/faults/generator/planted-tokens.mjs';
import { buildGeneratorImage, type GeneratorImage } from '@/tests/setup/generator-image';
import { until } from '@/tests/setup/runtime-container';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, runWhere } from '@/tests/setup/wait-for-state';

/** What happens to the container of a run that writes hostile output. What it has written up to then is kept, and its end is judged right. In the whole only: `npm test` has these ends without their bytes. */
const seed = faultSeed();
/** Held back for what it may become, and written by the generator beside its output but not to it any more. */
const LAST_PIECE = 64 * 1024 + 8 * 1024;
const run = promisify(execFile);
const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();

let image: GeneratorImage | undefined;
let product: TestProduct | undefined;
let worker: TestWorker | undefined;
let owner: Actor;

describe.skipIf(!whole)('the container of a run', () => {
  beforeAll(async () => {
    image = await buildGeneratorImage();
    product = await startTestProduct({ image: image.name });
    owner = await product.addUser('owner', 'admin');
    // The key that the run is handed is the simulator's, which is nobody's secret; as one it is masked in every spelling.
    await setSecret(owner, { name: 'PLANTED_KEY', value: SIMULATOR_KEY });
    worker = await startTestWorker();
    product.addRepository('plain', { 'README.md': '# Plain\n' });
  });
  afterAll(() => closeAll(() => worker?.stop(), () => product?.close(), () => image?.remove()));

  const ends: [string, (container: string) => Promise<void>, RunView['status'][], RegExp | null][] = [
    ['D1-08 whose shim is killed', async (container) => void process.kill(await shimOf(container), 'SIGKILL'), ['lost', 'interrupted'], /./],
    ['D1-09 that is killed', async (container) => void (await docker('kill', container)), ['interrupted'], /container stopped/],
    ['D1-09 whose main process runs out of memory', endMainForMemory, ['failed'], /needed more memory/],
    ['D1-09 in which another process runs out of memory', takeAllMemory, ['succeeded'], null],
    ['D1-10 that is removed', async (container) => void (await docker('rm', '--force', container)), ['interrupted'], /container stopped/],
  ];

  it.each(ends)('%s: all that was written is kept, and the end is judged right', async (_what, strike, statuses, reason) => {
    const workspace = await runningWorkspace(owner, { repositoryUrl: `${product?.gitUrl}/plain.git`, limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1 }, recovery: { maxRetries: 0 } });
    const files = workspaceFilesDir(workspace.id);
    writeFileSync(path.join(files, 'go'), '');
    const started = await startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt: JSON.stringify({ seed, bytes: 2_000_000, seconds: 4 }) });
    await runWhere(owner, started, ({ status, outBytes }) => status === 'running' && outBytes > 500_000);
    await strike(workspace.container.id ?? '');
    writeFileSync(path.join(files, 'enough'), '');
    const ended = await endedRun(owner, started);
    expect(statuses, `${ended.statusReason}, seed ${seed}`).toContain(ended.status);
    if (reason) expect(ended.statusReason).toMatch(reason);
    expect(ended.logTampered).toBe(false);
    await expectKept(ended, files);
  });
});

/** L1–L3, L5 and L6 of what there was before the end. */
async function expectKept(ended: RunView, files: string): Promise<void> {
  const credential = readFileSync(path.join(files, 'credential'), 'latin1');
  const masker = createMasker(secretNeedles([credential]));
  for (const stream of ['out', 'err'] as const) {
    const written = readFileSync(path.join(files, `written.${stream}`));
    const kept = readFileSync(path.join(runLogDir(ended.id), `${stream}.log`));
    expect(kept.length).toBe(ended[`${stream}Bytes`]);
    expect(kept.length).toBeLessThanOrEqual(written.length);
    if (ended.status === 'succeeded') expect(kept.length).toBe(written.length);
    else expect(written.length - kept.length).toBeLessThanOrEqual(LAST_PIECE);
    expect({ stream, seed, same: kept.equals(masker.maskWhole(written.subarray(0, kept.length))) }).toEqual({ stream, seed, same: true });
    expect([...plantedTokens, credential].filter((secret) => kept.includes(secret))).toEqual([]);
    if (stream === 'err') continue;
    const rows = await database().select().from(runEvents).where(eq(runEvents.runId, ended.id)).orderBy(asc(runEvents.offset));
    expect(problemsOfEvents(kept, rows.map((row) => ({ run_id: row.runId, kind: row.kind, offset: row.offset, bytes: row.bytes, payload: row.payload })))).toEqual([]);
  }
}

async function mainPid(container: string): Promise<number> {
  return Number(await docker('inspect', '--format', '{{.State.Pid}}', container));
}

async function shimOf(container: string): Promise<number> {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${await mainPid(container)}/status`, 'utf8'))?.[1]);
}

/** The kernel ends what would be missed least: here the command of the run, which is made to look so. */
async function endMainForMemory(container: string): Promise<void> {
  const list = await docker('top', container, '-eo', 'pid,args');
  const pid = Number(/^\s*(\d+)\s+.*claude-generator|^\s*(\d+)\s+(?:node|\/\S*node)\s+\S*claude/m.exec(list)?.slice(1).find(Boolean));
  expect(pid, list).toBeGreaterThan(0);
  writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  await takeAllMemory(container);
  await until('the end of the command', async () => !(await docker('top', container, '-eo', 'pid').catch(() => '')).split('\n').some((line) => Number(line) === pid), 60_000);
}

/** Lets a process in it want more than there is; the kernel ends it, or another. */
async function takeAllMemory(container: string): Promise<void> {
  await docker('exec', container, 'tail', '/dev/zero').catch(() => ''); // it is ended
}
