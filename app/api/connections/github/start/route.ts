import { requireActor } from '@/server/auth/actor';
import { beginGitHubConsent } from '@/server/connections/github/github-consent';
import { env } from '@/server/env';
import { AnyonError, isAnyonError } from '@/server/errors';
import { errorResponse } from '@/server/error-response';
import { crossSiteProblem } from '@/server/trpc/cross-site';

export const dynamic = 'force-dynamic';

/** Sends the signed-in person to GitHub, to consent to a token for their workspaces. A form of our own pages posts here; no other site can. */
export async function POST(request: Request): Promise<Response> {
  try {
    const problem = crossSiteProblem(request.headers, env().publicUrl);
    if (problem) throw new AnyonError('forbidden', problem);
    return seeOther(await beginGitHubConsent(await requireActor(request)));
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'limit_reached') return seeOther(`${env().publicUrl}/settings?github=limited`);
    if (isAnyonError(error) && error.kind === 'precondition') return seeOther(`${env().publicUrl}/settings?github=not-offered`);
    return errorResponse(error);
  }
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
}
