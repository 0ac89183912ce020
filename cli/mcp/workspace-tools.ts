import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AnyonApi, Workspace } from '@/cli/api/anyon-api';
import { addTool, bounded } from '@/cli/mcp/tool';
import { createWorkspaceInput } from '@/contract/workspace';

const MOST_LISTED = 100;

/** Tools about workspaces. */
export function addWorkspaceTools(server: McpServer, api: AnyonApi): void {
  addTool(server, 'list_workspaces', {
    title: 'List workspaces',
    description: 'The workspaces in which runs can be started, newest first, with the state each is in.',
    input: z.strictObject({}),
    effect: 'reads',
    act: async () => {
      const all = await api.workspaces();
      return { workspaces: all.slice(0, MOST_LISTED).map(workspaceFacts), ...(all.length > MOST_LISTED && { notListed: all.length - MOST_LISTED }) };
    },
  });
  const { repositoryUrl, branch, name } = createWorkspaceInput.shape;
  addTool(server, 'create_workspace', {
    title: 'Create a workspace',
    description: 'Makes a workspace (a container with a clone) of a git repository. It goes on in the background: the workspace can be used when its status is running, and runs that are started before wait for it.',
    input: z.strictObject({ repositoryUrl, branch, name }),
    effect: 'adds',
    act: async ({ repositoryUrl: url, branch: from, name: called }) => workspaceFacts(await api.createWorkspace({ repositoryUrl: url, ...(from && { branch: from }), ...(called && { name: called }) })),
  });
}

function workspaceFacts(workspace: Workspace): object {
  const { id, name, status, statusReason, nextStep, repositoryUrl, branch, activeRuns, lastRunAt } = workspace;
  return { id, name, status, ...(statusReason && { why: bounded(statusReason, 500) }), ...(nextStep && { nextStep }), repositoryUrl, branch, activeRuns, lastRunAt };
}
