import { openPreviewInput } from '@/contract/preview';
import { workspaceIdInput } from '@/contract/workspace';
import { requireActor } from '@/server/auth/actor';
import { signInOnTheWayTo } from '@/server/auth/place-after-sign-in';
import { env } from '@/server/env';
import { errorResponse } from '@/server/error-response';
import { AnyonError, isAnyonError } from '@/server/errors';
import { limitRate } from '@/server/rate-limits';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { openPreview } from '@/server/workspaces/previews/open-preview';

export const dynamic = 'force-dynamic';

/** More than anybody opens by hand. */
const RATE = { points: 120, seconds: 60 };

/**
 * Leads to the web server on a port of a workspace: `?to=/path` begins elsewhere than at its first page. The address that it leads to is good
 * once. For signed-in people who may use the workspace; a browser of anybody else is led to where that can be changed; after a sign-in it comes
 * back by the tab “Preview” (`?open=`), whose page asks here again.
 */
export async function GET(request: Request, context: { params: Promise<{ workspaceId: string; port: string }> }): Promise<Response> {
  const { workspaceId, port } = await context.params;
  try {
    const actor = await requireActor(request);
    await limitRate('preview opening', actor.userId, RATE);
    const id = workspaceIdInput.safeParse({ workspaceId });
    if (!id.success) throw new AnyonError('not_found', 'There is no such workspace, or it is not yours.');
    const access = await requireWorkspaceAccess(actor, id.data.workspaceId);
    const to = new URL(request.url).searchParams.get('to') ?? undefined;
    const asked = openPreviewInput.safeParse({ workspaceId, port: /^\d{1,5}$/.test(port) ? Number(port) : null, path: to });
    if (!asked.success) throw new AnyonError('invalid', asked.error.issues[0]?.message ?? 'This is no address of a preview.');
    return leadTo(await openPreview(access, asked.data));
  } catch (error) {
    const page = request.headers.get('accept')?.includes('text/html') ? pageAbout(error, { workspaceId, port, to: new URL(request.url).searchParams.get('to') }) : null;
    return page === null ? errorResponse(error) : leadTo(new URL(page, env().publicUrl).href);
  }
}

/** The page on which a person sees what is missing, and can change it. */
function pageAbout(error: unknown, { workspaceId, port, to }: { workspaceId: string; port: string; to: string | null }): string | null {
  if (!isAnyonError(error)) return null;
  const page = `/workspaces/${encodeURIComponent(workspaceId)}?tab=preview`;
  if (error.kind === 'unauthenticated') return signInOnTheWayTo(`${page}&open=${encodeURIComponent(port)}${to === null ? '' : `&path=${encodeURIComponent(to)}`}`);
  return ['not_found', 'unavailable', 'precondition'].includes(error.kind) ? page : null;
}

function leadTo(address: string): Response {
  return new Response(null, { status: 303, headers: { Location: address, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' } });
}
