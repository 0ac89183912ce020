import path from 'node:path';
import { z } from 'zod';
import { isFinal } from '@/contract/run';
import { logStreamSchema } from '@/contract/run-log';
import { requireActor } from '@/server/auth/actor';
import { runLogDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { errorResponse } from '@/server/error-response';
import { requireRunAccess } from '@/server/runs/access';
import { readRunLogRange } from '@/server/runs/run-log-range';

export const dynamic = 'force-dynamic';

/**
 * A run's masked output as bytes: `?stream=out|err`, the whole file or one `Range`; `&download=1` offers it as a file.
 * For signed-in people who may see the run; errors are `{ kind, message }`.
 */
export async function GET(request: Request, context: { params: Promise<{ runId: string }> }): Promise<Response> {
  try {
    const actor = await requireActor(request);
    const runId = z.uuid().safeParse((await context.params).runId);
    const query = new URL(request.url).searchParams;
    const stream = logStreamSchema.safeParse(query.get('stream'));
    if (!runId.success) throw new AnyonError('not_found', 'There is no such run, or it is not yours.');
    if (!stream.success) throw new AnyonError('invalid', 'Say which stream: ?stream=out or ?stream=err.');
    const { run } = await requireRunAccess(actor, runId.data);
    return await readRunLogRange(request, {
      path: path.join(runLogDir(run.id), `${stream.data}.log`),
      final: isFinal(run.status),
      ...(query.get('download') === '1' && { downloadName: `run-${run.id}-${stream.data}.log` }),
    });
  } catch (error) {
    return errorResponse(error);
  }
}

export const HEAD = GET;
