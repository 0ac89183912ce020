import type { IncomingMessage, ServerResponse } from 'node:http';
import { openPreviewInput } from '@/contract/preview';
import { env } from '@/server/env';
import { SESSION_LIFETIME_SECONDS } from '@/server/people/sessions';
import { GATEWAY_HEADER } from '@/server/workspaces/previews/gateway-health';
import { answerInWords } from '@/server/workspaces/previews/gateway/gateway-page';
import * as words from '@/server/workspaces/previews/gateway/gateway-words';
import type { PreviewHost } from '@/server/workspaces/previews/gateway/preview-host';
import { TICKET_PATH } from '@/server/workspaces/previews/open-preview';
import { redeemTicket } from '@/server/workspaces/previews/preview-passes';

function isSecure(): boolean {
  return env().previewUrl?.startsWith('https:') === true;
}

/** Of the cookie by which a browser may see one preview. It is for that host alone. */
export function cookieName(): string {
  return isSecure() ? '__Host-anyon-preview' : 'anyon-preview';
}

/** True for what could be a ticket or the value of a cookie: nobody asks the rows about anything else. */
export function isPass(value: string): boolean {
  return /^[\w-]{43}$/.test(value);
}

/**
 * What is asked of the gateway itself, below `/.anyon/`: trades a ticket for a cookie and leads to the page that was meant. The address with the
 * ticket is not kept anywhere: the answer is a redirection, and no page that sends Referer has had it.
 */
export async function takeTicket(request: IncomingMessage, response: ServerResponse, { place, origin }: PreviewHost): Promise<void> {
  const url = URL.canParse(request.url ?? '', origin) ? new URL(request.url ?? '', origin) : null;
  if (url?.pathname !== TICKET_PATH || request.method !== 'GET') return answerInWords(request, response, { ...words.BAD_ADDRESS, status: 404, text: 'Nothing of a preview is below /.anyon/.' });
  // Followed by a person, not fetched by a page: that could sign a browser in to a preview unasked.
  if (request.headers['sec-fetch-dest'] !== undefined && request.headers['sec-fetch-dest'] !== 'document') return answerInWords(request, response, words.FOREIGN);
  const ticket = url.searchParams.get('ticket') ?? '';
  const to = openPreviewInput.shape.path.safeParse(url.searchParams.get('to') ?? undefined);
  const cookie = isPass(ticket) ? await redeemTicket(ticket, place) : null;
  if (cookie === null) return answerInWords(request, response, words.usedTicket(place));
  response.writeHead(303, {
    Location: to.success ? to.data : '/',
    'Set-Cookie': `${cookieName()}=${cookie}; Path=/; Max-Age=${SESSION_LIFETIME_SECONDS}; HttpOnly; SameSite=Lax${isSecure() ? '; Secure' : ''}`,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'Content-Length': 0,
    [GATEWAY_HEADER]: env().ANYON_INSTANCE,
  });
  response.end();
}
