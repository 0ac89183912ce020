import type { PreviewPlace } from '@/contract/preview';
import { DialRefusedError } from '@/server/containers/dial-refused-error';
import { env } from '@/server/env';
import { isAnyonError, type AnyonError } from '@/server/errors';
import type { GatewayWords } from '@/server/workspaces/previews/gateway/gateway-page';

const LOOK_AGAIN_SECONDS = 2;

export const UNAVAILABLE: GatewayWords = { status: 503, title: 'Not at the moment.', text: 'Anyon could not look whether you may see this preview, or could not reach it.', againAfter: LOOK_AGAIN_SECONDS };
export const FOREIGN: GatewayWords = { status: 403, title: 'Not from another page.', text: 'A preview takes requests from its own pages only. Let the web server of the page pass this request on to the other port.' };
export const TOO_MANY: GatewayWords = { status: 503, title: 'Too much at once.', text: 'So many requests to this preview are open that no more are taken. Close some of its tabs.', againAfter: LOOK_AGAIN_SECONDS };
export const BAD_ADDRESS: GatewayWords = { status: 400, title: 'This is no address of a page.', text: 'An address begins with a slash.' };

/** For every host that is no preview; also what tells a look at the port that the gateway is there. */
export function noSuchHost(): GatewayWords {
  return { status: 421, title: 'No preview is here.', text: 'Previews of web servers are opened from the page of a workspace in Anyon.', link: { href: env().publicUrl, words: `Anyon, at ${env().publicUrl}` } };
}

/** The same for whoever is not signed in and for whoever may not see it, and whether there is such a workspace or not. */
export function notAdmitted({ workspaceId, port }: PreviewPlace, path: string): GatewayWords {
  const link = new URL(`/api/workspaces/${workspaceId}/preview/${port}`, env().publicUrl);
  if (path !== '/') link.searchParams.set('to', path.slice(0, 2_000));
  return { status: 401, title: 'Open this preview from Anyon.', text: 'It is shown to people who are signed in to Anyon and may use its workspace.', link: { href: link.href, words: `Open it by Anyon, at ${env().publicUrl}` } };
}

/** A ticket that is no more good. */
export function usedTicket(place: PreviewPlace): GatewayWords {
  return { ...notAdmitted(place, '/'), title: 'This address was good once.', text: 'Addresses that open a preview work one time and for a minute. Open it anew.' };
}

/** The way to where a workspace and its web servers are started. */
export function linkToWorkspace(workspaceId: string): NonNullable<GatewayWords['link']> {
  return { href: `${env().publicUrl}/workspaces/${workspaceId}`, words: 'The workspace, in Anyon' };
}

export function notRunning(workspaceId: string): GatewayWords {
  return { status: 503, title: 'The workspace does not run.', text: 'Start it, and its web server in it.', link: linkToWorkspace(workspaceId), againAfter: LOOK_AGAIN_SECONDS };
}

/** Why a web server has given no answer. */
export function noAnswer(error: unknown): GatewayWords {
  if (error instanceof DialRefusedError) return { status: 502, title: error.message, text: 'Start the web server there. It may listen on localhost.', againAfter: LOOK_AGAIN_SECONDS };
  if (isAnyonError(error)) return fromEngine(error);
  return { status: 502, title: 'The web server gave no answer.', text: 'It ended the connection, or what it said is not HTTP. A server for https only cannot be previewed.' };
}

/** The engine refuses for a container that does not run, or that has no way in. */
function fromEngine({ kind, message }: AnyonError): GatewayWords {
  if (kind === 'precondition' && message.includes('older image')) return { status: 502, title: 'Not with this container.', text: message };
  if (kind === 'precondition' || kind === 'not_found') return { status: 503, title: 'The workspace does not run.', text: 'Start it, and its web server in it.', againAfter: LOOK_AGAIN_SECONDS };
  return { status: 503, title: 'The workspace cannot be reached.', text: message, againAfter: LOOK_AGAIN_SECONDS };
}
