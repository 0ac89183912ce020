import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AnyonApi } from '@/cli/api/anyon-api';
import { findRun } from '@/cli/find/find-run';
import { readLog } from '@/cli/mcp/read-log';
import { runName } from '@/cli/mcp/run-tools';
import { addTool, bounded, MOST_CHARACTERS, UNTRUSTED } from '@/cli/mcp/tool';
import { diffBaseSchema } from '@/contract/review';
import { logStreamSchema } from '@/contract/run-log';

const MOST_LOG_BYTES = 64 * 1024;
const MOST_FILES = 200;

/** Tools that read what a run has done. */
export function addResultTools(server: McpServer, api: AnyonApi): void {
  addTool(server, 'read_log', {
    title: 'Read a log',
    description: `A part of a run’s log by bytes, at most ${MOST_LOG_BYTES} at a time; without from, its end. As words it is what Claude said and did; raw are the lines as they were written. Read on at the byte "to". ${UNTRUSTED}`,
    input: z.strictObject({
      run: runName,
      stream: logStreamSchema.default('out'),
      from: z.number().int().min(0).optional(),
      bytes: z.number().int().min(1).max(MOST_LOG_BYTES).default(16 * 1024),
      as: z.enum(['words', 'raw']).default('words'),
    }),
    effect: 'reads',
    act: async ({ run, ...range }, context) => readLog(api, await findRun(api, run), { ...range, signal: context.mcpReq.signal }),
  });
  addTool(server, 'get_diff', {
    title: 'See what a run changed',
    description: `The patch of a run (against the state it began with, or against the beginning of its conversation), at most ${MOST_CHARACTERS} characters at a time: read on with from. ${UNTRUSTED}`,
    input: z.strictObject({ run: runName, against: diffBaseSchema.default('run'), from: z.number().int().min(0).default(0).describe('Character of the patch to begin at') }),
    effect: 'reads',
    act: async ({ run, against, from }) => {
      const { files, patch, truncated, live } = await api.diff({ runId: (await findRun(api, run)).id, against });
      const to = Math.min(patch.length, from + MOST_CHARACTERS);
      return {
        ...(from === 0 && { files: files.slice(0, MOST_FILES).map(({ path, status, additions, deletions }) => ({ path: bounded(path, 300), status, additions, deletions })) }),
        ...(from === 0 && files.length > MOST_FILES && { filesNotListed: files.length - MOST_FILES }),
        patch: patch.slice(from, to),
        ...(to < patch.length && { readOnFrom: to }),
        ...(truncated && { incomplete: 'The diff is larger than Anyon keeps of it.' }),
        ...(live && { live: 'The run is still on: this is how it stands now.' }),
      };
    },
  });
}
