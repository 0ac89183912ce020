import type { IncomingMessage, ServerResponse } from 'node:http';
import { env } from '@/server/env';
import { GATEWAY_HEADER } from '@/server/workspaces/previews/gateway-health';

/** What the gateway says itself, in place of a preview. */
export interface GatewayWords {
  status: number;
  title: string;
  text: string;
  /** An address of Anyon that helps, with its words. */
  link?: { href: string; words: string };
  /** The page looks again by itself, every so many seconds. */
  againAfter?: number;
}

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Answers with these words: as a page where a person looks, as a line of text where a program asks. */
export function answerInWords(request: IncomingMessage, response: ServerResponse, words: GatewayWords): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const isPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
  const body = isPage ? page(words) : `${words.title} ${words.text}\n`;
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(words.status, {
    [GATEWAY_HEADER]: env().ANYON_INSTANCE,
    'Content-Type': isPage ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': POLICY,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...(words.againAfter !== undefined && { 'Retry-After': words.againAfter }),
    // Whatever of the request has not been read is not waited for.
    ...(request.complete ? {} : { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** The same for a connection that was to become a WebSocket. */
export function upgradeRefusal({ status, title, text }: GatewayWords): string {
  const body = `${title} ${text}\n`;
  return `HTTP/1.1 ${status} Refused\r\n${GATEWAY_HEADER}: ${env().ANYON_INSTANCE}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function page({ title, text, link, againAfter }: GatewayWords): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${againAfter === undefined ? '' : `<meta http-equiv="refresh" content="${againAfter}">`}
<title>${escape(title)}</title>
<style>
:root { --ground: #f8f8f7; --ink: #1f1f1d; --soft: #5c5c57; --line: #dcdcd7; --accent: #0b5fbd }
@media (prefers-color-scheme: dark) { :root { --ground: #161615; --ink: #ececea; --soft: #a5a59f; --line: #3a3a37; --accent: #78b4ff } }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 30rem; padding: 2rem; margin: 1rem; border: 1px solid var(--line); border-radius: 12px }
h1 { font-size: 1.15rem; margin: 0 0 .5rem }
p { margin: 0; color: var(--soft) }
p + p { margin-top: 1rem }
a { color: var(--accent) }
</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>
${againAfter === undefined ? '' : '<p>This page looks again by itself.</p>'}
${link ? `<p><a href="${escape(link.href)}" rel="noreferrer">${escape(link.words)}</a></p>` : ''}
</main>
</body>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
