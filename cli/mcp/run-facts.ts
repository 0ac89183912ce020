import type { AnyonApi, Question, Run } from '@/cli/api/anyon-api';
import { bounded } from '@/cli/mcp/tool';
import { isFinal } from '@/contract/run';

const LONGEST_RESULT = 8_000;
const LONGEST_INPUT = 4_000;
const MOST_FILES = 100;
const MOST_QUESTIONS = 10;

/** What an agent needs to know of a run; with its open questions while it waits for an answer. */
export async function runFacts(api: AnyonApi, run: Run): Promise<object> {
  const open = run.status === 'needs_you' ? (await api.questions(run.id)).filter(({ status }) => status === 'open') : [];
  return {
    id: run.id,
    workspaceId: run.workspaceId,
    number: run.number,
    status: run.status,
    ended: isFinal(run.status),
    ...(run.statusReason && { why: bounded(run.statusReason, 1_000) }),
    ...(run.nextStep && { nextStep: run.nextStep }),
    prompt: bounded(run.prompt, 1_000),
    branch: run.branch,
    model: run.model,
    createdAt: run.createdAt,
    finishedAt: run.finishedAt,
    ...(run.resultText !== null ? { said: bounded(run.resultText, LONGEST_RESULT) } : { saidLast: run.lastSaid }),
    changedFiles: run.changedFiles.slice(0, MOST_FILES).map(({ path, status, additions, deletions }) => ({ path: bounded(path, 300), status, additions, deletions })),
    ...(run.changedFiles.length > MOST_FILES && { changedFilesNotListed: run.changedFiles.length - MOST_FILES }),
    logBytes: { out: run.outBytes, err: run.errBytes },
    costUsd: run.usage.costUsd,
    ...(open.length > 0 && { questions: open.slice(0, MOST_QUESTIONS).map(questionFacts) }),
  };
}

function questionFacts({ id, kind, toolName, input, choices, isCut }: Question): object {
  if (kind === 'choice') return { id, kind, choices: choices.slice(0, 10).map(({ question, multiple, options }) => ({ question: bounded(question, 1_000), multiple, options: options.slice(0, 20).map(({ label, description }) => ({ label: bounded(label, 200), description: description && bounded(description, 500) })) })) };
  return { id, kind, tool: toolName, input: bounded(JSON.stringify(input) ?? '', LONGEST_INPUT), ...(isCut && { canOnlyBeDenied: true }) };
}
