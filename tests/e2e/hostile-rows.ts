import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import type { MaskedText } from '@/contract/masked-text';
import { alerts, batches, batchItems, egressRefusals, privateDestinations, removedWorkspaces, runs, taskAttempts, tasks, templates, users, workspaces } from '@/db/schema';
import { maskTokens } from '@/server/secrets/masked-text';
import { EVIL_HOST } from '@/tests/e2e/hostile-texts';
import { openProductDatabase } from '@/tests/setup/product-database';

type ProductDatabase = ReturnType<typeof openProductDatabase>['database'];

/** Where rows are planted: each group of texts gets a workspace of its own. */
interface Plot {
  database: ProductDatabase;
  dataDir: string;
  ownerId: string;
  workspaceId: string;
  /** The text at this place of the group; beyond its end it goes on from the start. */
  text: (at: number) => MaskedText;
}

const GROUP = 50;
const PER_RUN = 10;
const pagesOfAll = ['/workspaces', '/workspaces/deleted', '/system', '/system?tab=tasks', '/system?tab=differences', '/system?tab=network', '/system?tab=templates', '/batches', '/settings', '/settings?tab=secrets', '/settings?tab=profile', '/settings?tab=people', '/settings?tab=alerts', '/settings?tab=audit'];
const container = { image: 'anyon-claude:latest', memoryBytes: 1024 ** 3, cpus: 1, pids: 512 } as const;

/** Writes the texts into every row and file that a page shows, past every check. Resolves with the pages that show them. */
export async function plantHostileTexts(dataDir: string, texts: readonly string[]): Promise<string[]> {
  const { database, close } = openProductDatabase(dataDir);
  try {
    const [owner] = await database.select().from(users);
    if (!owner) throw new Error('There is no owner.');
    await database.update(users).set({ login: (texts[3] ?? '').slice(0, 80), name: texts[4] ?? '' }).where(eq(users.id, owner.id));
    const pages = [...pagesOfAll];
    for (let first = 0; first < texts.length; first += GROUP) {
      const plot: Plot = { database, dataDir, ownerId: owner.id, workspaceId: randomUUID(), text: (at) => maskTokens(texts[(first + at) % texts.length] ?? '') };
      pages.push(...(await plantWorkspace(plot)), ...(await plantRuns(plot)), await plantTasks(plot));
      await plantWhatAdminsSee(plot);
    }
    return pages;
  } finally {
    await close();
  }
}

async function plantWorkspace({ database, ownerId, workspaceId, text }: Plot): Promise<string[]> {
  await database.insert(workspaces).values({
    ...container,
    id: workspaceId,
    ownerId,
    name: text(0),
    repositoryUrl: `https://example.com/${text(1)}`,
    branch: text(2),
    status: 'unhealthy',
    statusReason: text(3),
    desired: 'stopped',
    steps: [],
    lastError: text(4),
    lastErrorClass: 'storage',
    lastErrorAt: new Date(),
    extraRepositories: [{ url: text(5), branch: text(6), folder: 'x' }],
    egressHosts: [text(7)],
    setupScript: text(8),
    nextRunNumber: 100,
  });
  await database.insert(egressRefusals).values({ workspaceId, host: text(16), port: 443, reason: text(17), count: 1 });
  return ['', '?tab=activity', '?tab=settings', '?tab=checkpoints', '?tab=metrics'].map((tab) => `/workspaces/${workspaceId}${tab}`);
}

/** A run for each text, for the list; and runs with pages of their own, whose log, diff and last words hold ten texts each. */
async function plantRuns(plot: Plot): Promise<string[]> {
  const { database, ownerId, workspaceId, text } = plot;
  const common = { workspaceId, startedById: ownerId, simulated: false, finishedAt: new Date() };
  const listed = Array.from({ length: GROUP }, (_, at) => ({ ...common, id: randomUUID(), number: at + 50, prompt: text(at), statusReason: text(at + 1), branch: text(at + 2), model: text(at + 3), claudeSessionId: randomUUID(), status: 'failed' as const }));
  await database.insert(runs).values(listed);
  const pages: string[] = [];
  for (let first = 0; first < GROUP; first += PER_RUN) {
    const id = randomUUID();
    const own = Array.from({ length: PER_RUN }, (_, at) => text(first + at));
    const sizes = plantLog(plot, id, own);
    const words = { prompt: maskTokens(own.join('\n\n')), resultText: maskTokens(own.join('\n\n')), statusReason: maskTokens(own.join(' · ')), branch: own[0] ?? '' };
    await database.insert(runs).values({ ...common, ...words, ...sizes, id, number: first + 1, claudeSessionId: randomUUID(), status: 'succeeded', changedFiles: own.map((name) => ({ path: name, status: 'A', additions: 1, deletions: 0 })) });
    pages.push(`/workspaces/${workspaceId}/runs/${id}`);
  }
  return pages;
}

function plantLog({ dataDir }: Plot, runId: string, texts: readonly string[]): { outBytes: number; errBytes: number } {
  const said = texts.map((text) => `${JSON.stringify({ type: 'assistant', message: { id: randomUUID(), content: [{ type: 'text', text }] } })}\n${text}\n`).join('');
  const diff = texts.map((text, at) => {
    const line = text.replaceAll('\n', ' ');
    return `diff --git a/${at}${line} b/${at}${line}\nnew file mode 100644\n--- /dev/null\n+++ b/${at}${line}\n@@ -0,0 +1 @@\n+${line}\n`;
  });
  const folder = path.join(dataDir, 'runs', runId);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'out.log'), said);
  writeFileSync(path.join(folder, 'err.log'), texts.join('\n'));
  writeFileSync(path.join(folder, 'diff.patch'), diff.join(''));
  return { outBytes: Buffer.byteLength(said), errBytes: Buffer.byteLength(texts.join('\n')) };
}

async function plantTasks({ database, ownerId, workspaceId, text }: Plot): Promise<string> {
  const taskId = randomUUID();
  await database.insert(tasks).values({ id: taskId, workspaceId, workspaceName: text(9), ownerId, requestedById: ownerId, kind: 'start', cause: 'person', fence: 0, priority: 20, maxAttempts: 4, status: 'failed', statusReason: text(10), finishedAt: new Date() });
  await database.insert(taskAttempts).values({ taskId, number: 1, worker: text(11), outcome: 'failed', message: text(12), endedAt: new Date() });
  const batchId = randomUUID();
  await database.insert(batches).values({ id: batchId, action: 'start', requestedById: ownerId, status: 'broken', statusReason: text(13), finishedAt: new Date() });
  await database.insert(batchItems).values({ batchId, position: 0, workspaceId, workspaceName: text(14), status: 'failed', reason: text(15) });
  return `/batches/${batchId}`;
}

async function plantWhatAdminsSee({ database, ownerId, text }: Plot): Promise<void> {
  await database.insert(privateDestinations).values({ id: randomUUID(), host: text(18), port: 443, note: text(19), addedById: ownerId });
  await database.insert(templates).values({ ...container, id: randomUUID(), name: text(20), description: text(21), egressLevel: 'open', recoveryMaxRetries: 3, recoveryBackoffSeconds: 5, recoveryFallback: 'stop', setupScript: text(22) });
  const settings = { limits: { memoryBytes: 1024 ** 3, cpus: 1, pids: 512, diskBytes: null }, image: text(0), egress: { level: 'open', hosts: [] }, recovery: { maxRetries: 3, backoffSeconds: 5, fallback: 'stop' }, setupScript: null, idleStopMinutes: null, branch: text(1), extraRepositories: [] };
  await database.insert(removedWorkspaces).values({ id: randomUUID(), workspaceId: randomUUID(), ownerId, name: text(23), repositoryUrl: text(24), settings: settings as never, kind: 'bundle', bytes: 1, keptUntil: new Date(Date.now() + 3_600_000) });
  const body = maskTokens(Array.from({ length: PER_RUN }, (_, at) => text(at)).join('\n\n'));
  await database.insert(alerts).values({ id: randomUUID(), kind: 'run_failed', severity: 'error', key: `hostile:${randomUUID()}`, userId: ownerId, title: text(25), body, link: `javascript:fetch('https://${EVIL_HOST}/link')` });
}
