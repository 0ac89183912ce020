import { z } from 'zod';
import { batchIdInput, batchViewSchema, batchWithItemsSchema, startBatchInput } from '@/contract/batch';
import type { PublicEndpoint } from '@/contract/public-api-endpoint';
import { createWorkspaceInput, listedWorkspaceSchema, workspaceIdInput, workspaceViewSchema } from '@/contract/workspace';

export const pageInput = {
  /** Where to go on: `next` of the page before. */
  after: z.string().max(100).optional(),
  limit: z.number().int().min(1).max(100).default(50),
};

const oneWorkspace = z.strictObject(workspaceIdInput.shape);
const oneBatch = z.strictObject(batchIdInput.shape);
const inBackground = 'It happens in the background: ask for the workspace until its `task` is null.';

/** Workspaces and batches over them. */
export const workspaceEndpoints = {
  listWorkspaces: { method: 'GET', path: '/workspaces', scope: 'read', procedure: 'workspaces.list', summary: 'List your workspaces, newest first', input: z.strictObject(pageInput), answers: 'page', output: listedWorkspaceSchema },
  createWorkspace: {
    method: 'POST', path: '/workspaces', scope: 'workspace', procedure: 'workspaces.create', summary: 'Make a workspace from a repository', description: inBackground,
    input: z.strictObject(createWorkspaceInput.shape), answers: 'json', output: workspaceViewSchema, status: 201, idempotent: true,
  },
  getWorkspace: { method: 'GET', path: '/workspaces/{workspaceId}', scope: 'read', procedure: 'workspaces.byId', summary: 'Look at a workspace', input: oneWorkspace, answers: 'json', output: workspaceViewSchema },
  startWorkspace: { method: 'POST', path: '/workspaces/{workspaceId}/start', scope: 'workspace', procedure: 'workspaces.start', summary: 'Start a workspace', description: inBackground, input: oneWorkspace, answers: 'json', output: workspaceViewSchema, status: 202 },
  stopWorkspace: { method: 'POST', path: '/workspaces/{workspaceId}/stop', scope: 'workspace', procedure: 'workspaces.stop', summary: 'Stop a workspace', description: `Runs in it are interrupted; its work is kept. ${inBackground}`, input: oneWorkspace, answers: 'json', output: workspaceViewSchema, status: 202 },
  restartWorkspace: { method: 'POST', path: '/workspaces/{workspaceId}/restart', scope: 'workspace', procedure: 'workspaces.restart', summary: 'Restart a workspace', description: `Runs in it are interrupted; its work is kept. ${inBackground}`, input: oneWorkspace, answers: 'json', output: workspaceViewSchema, status: 202 },
  deleteWorkspace: { method: 'DELETE', path: '/workspaces/{workspaceId}', scope: 'workspace', procedure: 'workspaces.delete', summary: 'Delete a workspace', description: 'Its work is kept for some days. It is gone when asking for it answers 404.', input: oneWorkspace, answers: 'json', output: oneWorkspace, status: 202 },
  listBatches: { method: 'GET', path: '/batches', scope: 'read', procedure: 'batches.list', summary: 'List your fifty newest batches', input: z.strictObject(pageInput), answers: 'page', output: batchViewSchema },
  startBatch: {
    method: 'POST', path: '/batches', scope: 'workspace', procedure: 'batches.start', summary: 'Start, stop, restart or delete many workspaces', description: 'Over workspaces by id, each of which must be yours, or over those of yours that a filter finds.',
    input: z.strictObject(startBatchInput.shape), answers: 'json', output: oneBatch, status: 202, idempotent: true,
  },
  getBatch: { method: 'GET', path: '/batches/{batchId}', scope: 'read', procedure: 'batches.byId', summary: 'Look at a batch and what came of each workspace', input: oneBatch, answers: 'json', output: batchWithItemsSchema },
  stopBatch: { method: 'POST', path: '/batches/{batchId}/stop', scope: 'workspace', procedure: 'batches.stop', summary: 'Stop a batch: what has begun ends, the rest is left alone', input: oneBatch, answers: 'json', output: batchViewSchema },
} as const satisfies Record<string, PublicEndpoint>;
