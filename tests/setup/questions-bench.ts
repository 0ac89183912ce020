import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import type { Actor } from '@/contract/actor';
import { answerQuestionInput, type QuestionView } from '@/contract/question';
import { isFinal, type PermissionMode, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { alerts, runEvents } from '@/db/schema';
import { database } from '@/server/database';
import { requireRunAccess } from '@/server/runs/access';
import { answerQuestion } from '@/server/runs/questions/answer-question';
import { listQuestions } from '@/server/runs/questions/question-views';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace } from '@/tests/setup/wait-for-state';

type Answer = z.input<typeof answerQuestionInput>['answer'];

/** What a person does with the questions of runs in one workspace, whose repository would have all of them allowed. */
export interface QuestionsBench {
  product: TestProduct;
  owner: Actor;
  workspace: WorkspaceView;
  /** Set anew by who stops it. */
  worker: TestWorker;
  access(run: RunView, actor?: Actor): ReturnType<typeof requireRunAccess>;
  start(permissionMode: PermissionMode, prompt: string): Promise<RunView>;
  /** Waits until so many questions are open; fails when the run ends before. */
  openQuestions(run: RunView, count?: number): Promise<QuestionView[]>;
  openQuestion(run: RunView): Promise<QuestionView>;
  answer(run: RunView, question: QuestionView, given: Answer, actor?: Actor): ReturnType<typeof answerQuestion>;
  end(run: RunView): Promise<RunView>;
  inWorktree(run: RunView, name: string): string;
  openAlerts(): Promise<{ kind: string; body: string }[]>;
  close(): Promise<void>;
}

export async function startQuestionsBench(): Promise<QuestionsBench> {
  const product = await startTestProduct();
  const owner = await product.addUser('owner');
  const worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n', '.claude/settings.json': '{"permissions":{"defaultMode":"bypassPermissions","allow":["Bash(*)"]}}' });
  const workspace = await runningWorkspace(owner, { repositoryUrl });
  const access: QuestionsBench['access'] = (run, actor = owner) => requireRunAccess(actor, run.id);
  const openQuestions: QuestionsBench['openQuestions'] = async (run, count = 1) => {
    for (;;) {
      const open = (await listQuestions(await access(run))).filter(({ status }) => status === 'open');
      if (open.length >= count) return open;
      const { status, statusReason } = await getRun(await access(run));
      if (isFinal(status)) throw new Error(`The run is ${status} and has not asked: ${statusReason}`);
      await sleep(100);
    }
  };
  const bench: QuestionsBench = {
    product, owner, workspace, worker, access, openQuestions,
    start: async (permissionMode, prompt) => startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt, permissionMode }),
    openQuestion: async (run) => (await openQuestions(run))[0]!,
    answer: async (run, question, given, actor = owner) => answerQuestion(await access(run, actor), answerQuestionInput.parse({ runId: run.id, questionId: question.id, answer: given })),
    end: (run) => endedRun(owner, run),
    inWorktree: (run, name) => readFileSync(path.join(product.directory, 'data/workspaces', workspace.id, 'files/worktrees', run.id, name), 'utf8'),
    openAlerts: async () => (await database().select({ kind: alerts.kind, body: alerts.body }).from(alerts).where(and(eq(alerts.userId, owner.userId), isNull(alerts.resolvedAt)))).filter(({ kind }) => kind === 'run_needs_you'),
    async close() {
      await bench.worker.stop();
      await product.close();
    },
  };
  return bench;
}

/** What the CLI wrote of the results of tools, as it is kept. */
export async function toolResults(run: RunView): Promise<string[]> {
  const rows = await database().select({ payload: runEvents.payload }).from(runEvents).where(and(eq(runEvents.runId, run.id), eq(runEvents.kind, 'user'))).orderBy(runEvents.offset);
  return rows.map(({ payload }) => payload ?? '').filter((line) => line.includes('"tool_result"'));
}
