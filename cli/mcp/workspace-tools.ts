import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AnyonApi, ListedWorkspace } from '@/cli/api/anyon-api';
import { addTool, bounded } from '@/cli/mcp/tool';
import { untilSettled } from '@/cli/wait/until-settled';
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
    description: 'Makes a workspace (a container with a clone) of a git repository and waits at most waitSeconds for it; it goes on in the background. Runs can be started when list_workspaces says that it is running.',
    input: z.strictObject({ repositoryUrl, branch, name, waitSeconds: z.number().int().min(0).max(300).default(45) }),
    effect: 'adds',
    act: async ({ waitSeconds, ...asked }, { mcpReq: { signal } }) => {
      const made = await api.createWorkspace(asked);
      return workspaceFacts((await untilSettled(api, made.id, { signal, seconds: waitSeconds })) ?? made);
    },
  });
}

function workspaceFacts(workspace: ListedWorkspace): object {
  const { id, name, status, statusReason, nextStep, repositoryUrl, branch, activeRuns, lastRunAt } = workspace;
  return { id, name, status, ...(statusReason && { why: bounded(statusReason, 500) }), ...(nextStep && { nextStep }), repositoryUrl, branch, activeRuns, lastRunAt };
}
