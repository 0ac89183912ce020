import { z } from 'zod';
import { isFinal } from '@/contract/run';
import { logStreamSchema, parseLineRange } from '@/contract/run-log';
import { requireActor } from '@/server/auth/actor';
import { AnyonError } from '@/server/errors';
import { errorResponse } from '@/server/error-response';
import { requireRunAccess } from '@/server/runs/access';
import { assertLogIsKept } from '@/server/runs/removed-parts';
import { placeOfLines, runLogPath } from '@/server/runs/log-index/read-log-lines';
import { readRunLogRange } from '@/server/runs/run-log-range';

export const dynamic = 'force-dynamic';

/**
 * A run's masked output as bytes: `?stream=out|err`, the whole file or one `Range`; `&lines=12-40` only those lines;
 * `&download=1` offers it as a file.
 * For signed-in people who may see the run; errors are `{ kind, message }`. 410 when the log was removed.
 */
export async function GET(request: Request, context: { params: Promise<{ runId: string }> }): Promise<Response> {
  try {
    const actor = await requireActor(request);
    const runId = z.uuid().safeParse((await context.params).runId);
    const query = new URL(request.url).searchParams;
    const stream = logStreamSchema.safeParse(query.get('stream'));
    if (!runId.success) throw new AnyonError('not_found', 'There is no such run, or it is not yours.');
    if (!stream.success) throw new AnyonError('invalid', 'Say which stream: ?stream=out or ?stream=err.');
    const asked = query.get('lines');
    const lines = asked === null ? null : parseLineRange(asked);
    if (asked !== null && !lines) throw new AnyonError('invalid', 'Say which lines: ?lines=12 or ?lines=12-40.');
    const access = await requireRunAccess(actor, runId.data);
    const { run } = access;
    assertLogIsKept(run);
    return await readRunLogRange(request, {
      path: runLogPath(run.id, stream.data),
      final: isFinal(run.status),
      ...(lines && { slice: await placeOfLines(access, stream.data, lines) }),
      ...(query.get('download') === '1' && { downloadName: `run-${run.id}-${stream.data}${asked === null ? '' : `-lines-${asked}`}.log` }),
    });
  } catch (error) {
    return errorResponse(error);
  }
}

export const HEAD = GET;
