import { z } from 'zod';
import { conversationEventsInput, followConversationInput } from '@/contract/conversation';
import { addFollowUpInput, followUpIdInput, followUpQueueSchema } from '@/contract/follow-up';
import type { PublicEndpoint } from '@/contract/public-api-endpoint';
import { addedFollowUpSchema, conversationNewsSchema, conversationPageSchema, runDiffSchema, runLogEventSchema } from '@/contract/public-api-shapes';
import { pageInput } from '@/contract/public-api-workspaces';
import { answerQuestionInput, listQuestionsInput, questionViewSchema } from '@/contract/question';
import { runDiffInput } from '@/contract/review';
import { followRunLogInput, logStreamSchema } from '@/contract/run-log';
import { listRunsInput, resumeRunInput, runIdInput, runViewSchema, startRunInput } from '@/contract/run';
import { startVariantsInput, variantGroupInput, variantGroupSchema } from '@/contract/variant';

const oneRun = z.strictObject(runIdInput.shape);
const comesBack = 'After a broken connection send the id of the last event as Last-Event-ID, and it goes on behind it. It is closed after half an hour: come back in the same way.';

/** Runs, their conversations and logs, and variants. */
export const runEndpoints = {
  listRuns: { method: 'GET', path: '/workspaces/{workspaceId}/runs', scope: 'read', procedure: 'runs.list', summary: 'List the runs of a workspace, newest first', input: z.strictObject({ workspaceId: z.uuid(), archived: listRunsInput.shape.archived, ...pageInput }), answers: 'page', output: runViewSchema },
  startRun: { method: 'POST', path: '/workspaces/{workspaceId}/runs', scope: 'run', procedure: 'runs.start', summary: 'Start a run', input: z.strictObject(startRunInput.shape), answers: 'json', output: runViewSchema, status: 201, idempotent: true },
  getRun: { method: 'GET', path: '/runs/{runId}', scope: 'read', procedure: 'runs.byId', summary: 'Look at a run', input: oneRun, answers: 'json', output: runViewSchema },
  stopRun: { method: 'POST', path: '/runs/{runId}/stop', scope: 'run', procedure: 'runs.stop', summary: 'Stop a run', input: oneRun, answers: 'json', output: runViewSchema, status: 202 },
  resumeRun: { method: 'POST', path: '/runs/{runId}/resume', scope: 'run', procedure: 'runs.resume', summary: 'Go on with a run that has ended, in the same Claude session and worktree', input: z.strictObject(resumeRunInput.omit({ memoryBytes: true }).shape), answers: 'json', output: runViewSchema, status: 201, idempotent: true },
  getDiff: { method: 'GET', path: '/runs/{runId}/diff', scope: 'read', procedure: 'runs.diff', summary: 'What a run has changed', input: runDiffInput, answers: 'json', output: runDiffSchema },
  getLog: {
    method: 'GET', path: '/runs/{runId}/log', scope: 'read', procedure: 'runs.log', summary: 'The masked log as bytes', description: 'The whole of a stream as it is at this moment, or one Range of bytes (206).',
    input: z.strictObject({ runId: z.uuid(), stream: logStreamSchema.default('out') }), answers: 'bytes', output: z.string(),
  },
  followLog: {
    method: 'GET', path: '/runs/{runId}/log/follow', scope: 'read', procedure: 'runs.log', summary: 'Follow both streams of a log live', description: `Every byte once and in order, then one event with \`end\`. The id of an event is the position behind it, \`<out>.<err>\`. ${comesBack}`,
    input: z.strictObject(followRunLogInput.omit({ lastEventId: true }).shape), answers: 'events', output: runLogEventSchema,
  },
  getConversation: { method: 'GET', path: '/runs/{runId}/conversation', scope: 'read', procedure: 'conversations.events', summary: 'A page of what Claude Code said', description: 'The page that begins at byte `from`, or the one that ends before byte `before`; with neither, the last one.', input: conversationEventsInput, answers: 'json', output: conversationPageSchema },
  followConversation: { method: 'GET', path: '/runs/{runId}/conversation/follow', scope: 'read', procedure: 'conversations.follow', summary: 'Follow what Claude Code says', description: comesBack, input: followConversationInput.omit({ lastEventId: true }), answers: 'events', output: conversationNewsSchema },
  listQuestions: { method: 'GET', path: '/runs/{runId}/questions', scope: 'read', procedure: 'questions.list', summary: 'What Claude asks in a run', input: listQuestionsInput, answers: 'json', output: z.array(questionViewSchema) },
  answerQuestion: { method: 'POST', path: '/runs/{runId}/questions/{questionId}/answer', scope: 'run', procedure: 'questions.answer', summary: 'Answer a question', input: answerQuestionInput, answers: 'json', output: z.array(questionViewSchema) },
  listFollowUps: { method: 'GET', path: '/runs/{runId}/follow-ups', scope: 'read', procedure: 'followUps.list', summary: 'What waits in the conversation of a run', input: oneRun, answers: 'json', output: followUpQueueSchema },
  addFollowUp: { method: 'POST', path: '/runs/{runId}/follow-ups', scope: 'run', procedure: 'followUps.add', summary: 'Add a prompt to the conversation of a run', description: 'It starts when the run before it has succeeded, at once when that is so already.', input: addFollowUpInput, answers: 'json', output: addedFollowUpSchema, status: 201, idempotent: true },
  cancelFollowUp: { method: 'DELETE', path: '/runs/{runId}/follow-ups/{followUpId}', scope: 'run', procedure: 'followUps.cancel', summary: 'Take back a follow-up that waits', input: followUpIdInput, answers: 'json', output: followUpQueueSchema },
  startVariants: { method: 'POST', path: '/workspaces/{workspaceId}/variants', scope: 'run', procedure: 'variants.start', summary: 'Try one prompt several times at once', input: startVariantsInput, answers: 'json', output: variantGroupSchema, status: 201, idempotent: true },
  getVariants: { method: 'GET', path: '/variants/{groupId}', scope: 'read', procedure: 'variants.byId', summary: 'Look at the variants of a prompt', input: variantGroupInput, answers: 'json', output: variantGroupSchema },
} as const satisfies Record<string, PublicEndpoint>;
