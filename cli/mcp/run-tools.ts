import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AnyonApi, Question } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';
import { findRun } from '@/cli/find/find-run';
import { findWorkspace } from '@/cli/find/find-workspace';
import { runFacts } from '@/cli/mcp/run-facts';
import { addTool, UNTRUSTED } from '@/cli/mcp/tool';
import { waitForRun } from '@/cli/mcp/wait-for-run';
import { startRunInput } from '@/contract/run';

export const runName = z.string().min(1).max(200).describe('The id of the run, or workspace#number, such as hello#3');
const LONGEST_WAIT_SECONDS = 600;
const { prompt, model, permissionMode, maxTurns, budgetUsd } = startRunInput.shape;

/** Tools that start and steer runs. */
export function addRunTools(server: McpServer, api: AnyonApi): void {
  addTool(server, 'start_run', {
    title: 'Start a run',
    description: 'Starts Claude Code on a prompt in a workspace, in a worktree and branch of its own. It answers at once; use wait_for_run.',
    input: z.strictObject({ workspace: z.string().min(1).max(200).describe('Name or id of the workspace'), prompt, model, permissionMode, maxTurns, budgetUsd }),
    effect: 'adds',
    act: async ({ workspace, ...rest }) => runFacts(api, await api.startRun({ workspaceId: (await findWorkspace(api, workspace)).id, ...rest })),
  });
  addTool(server, 'get_run', {
    title: 'Look at a run',
    description: `The state of a run, what it said last or in the end, the files it changed, and what it asks. ${UNTRUSTED}`,
    input: z.strictObject({ run: runName }),
    effect: 'reads',
    act: async ({ run }) => runFacts(api, await findRun(api, run)),
  });
  addTool(server, 'wait_for_run', {
    title: 'Wait for a run',
    description: `Waits until a run has ended, asks something (needs_you) or waits for a person (parked), at most timeoutSeconds; then call it again. Reports progress. ${UNTRUSTED}`,
    input: z.strictObject({ run: runName, timeoutSeconds: z.number().int().min(1).max(LONGEST_WAIT_SECONDS).default(120) }),
    effect: 'reads',
    act: async ({ run, timeoutSeconds }, context) => runFacts(api, await waitForRun(api, await findRun(api, run), { timeoutSeconds, context })),
  });
  addTool(server, 'send_follow_up', {
    title: 'Send a follow-up',
    description: 'Adds a prompt to the conversation of a run. It is carried out as soon as the run before it has succeeded; with now, what is on is interrupted first.',
    input: z.strictObject({ run: runName, prompt, now: z.boolean().default(false) }),
    effect: 'adds',
    act: async ({ run, prompt: words, now }) => {
      const added = await api.followUp({ runId: (await findRun(api, run)).id, prompt: words, now });
      return { followUpId: added.followUpId, startedRun: added.startedRun && (await runFacts(api, added.startedRun)) };
    },
  });
  addAnswerTool(server, api);
  addTool(server, 'stop_run', {
    title: 'Stop a run',
    description: 'Stops a run. What it did so far, its log and its conversation stay.',
    input: z.strictObject({ run: runName }),
    effect: 'ends',
    act: async ({ run }) => runFacts(api, await api.stopRun((await findRun(api, run)).id)),
  });
}

const words = z.string().trim().min(1).max(16 * 1024);

function addAnswerTool(server: McpServer, api: AnyonApi): void {
  addTool(server, 'answer_question', {
    title: 'Answer a question',
    description: 'Answers what a run in the state needs_you asks (get_run lists its questions): allow or deny the use of a tool or a plan, or choose. Allow only what the person you work for would allow.',
    input: z.strictObject({
      run: runName,
      questionId: z.uuid().optional().describe('Absent: the only open question'),
      decision: z.enum(['allow', 'allow_always', 'deny', 'choose']),
      words: words.optional().describe('With deny: what to do instead'),
      choices: z.array(z.array(words).max(20)).min(1).max(10).optional().describe('With choose: for each question in order, the labels chosen or words of your own'),
    }),
    effect: 'adds',
    act: async ({ run, questionId, decision, words: said, choices }) => {
      const { id } = await findRun(api, run);
      const question = chosen(await api.questions(id), questionId);
      if (decision === 'choose' && !choices) throw new CliError('invalid', 'With choose, say what is chosen in choices.');
      const answer = decision === 'choose' ? ({ kind: 'choose', chosen: choices ?? [] } as const) : decision === 'deny' ? ({ kind: 'deny', ...(said && { words: said }) } as const) : ({ kind: 'allow', always: decision === 'allow_always' } as const);
      await api.answer({ runId: id, questionId: question, answer });
      return { answered: question };
    },
  });
}

function chosen(questions: readonly Question[], id: string | undefined): string {
  const open = questions.filter(({ status }) => status === 'open');
  const [first] = id === undefined ? open : open.filter((question) => question.id === id);
  if (!first) throw new CliError('not_found', id === undefined ? 'This run asks nothing just now.' : 'No question with this id is open.');
  if (id === undefined && open.length > 1) throw new CliError('invalid', `${open.length} questions are open. Say which with questionId: ${open.map((question) => question.id).join(', ')}.`);
  return first.id;
}
