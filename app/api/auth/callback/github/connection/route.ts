import { requireActor } from '@/server/auth/actor';
import { finishGitHubConsent } from '@/server/connections/github/github-consent';
import { env } from '@/server/env';
import { errorResponse } from '@/server/error-response';

export const dynamic = 'force-dynamic';

/** The way back from GitHub's consent page, for the session that went there. Ends at the settings page, which says what came of it. */
export async function GET(request: Request): Promise<Response> {
  try {
    const actor = await requireActor(request);
    const outcome = await finishGitHubConsent(actor, new URL(request.url).searchParams);
    return new Response(null, { status: 303, headers: { location: `${env().publicUrl}/settings?github=${outcome}`, 'cache-control': 'no-store' } });
  } catch (error) {
    return errorResponse(error);
  }
}
