import { alertLine, escapeHtml } from '@/server/alerts/alert-text';
import { circumstances, headline, severityWords, type AlertMessage, type MessageEntry } from '@/server/alerts/alert-message';

/** Subject, plain text and simple HTML of a message. What others wrote is one line in the subject and escaped in the HTML. */
export function emailText(message: AlertMessage): { subject: string; text: string; html: string } {
  const { entries, deployment } = message;
  const word = entries.length === 1 ? `${severityWords[entries[0].severity]}: ` : '';
  return {
    subject: alertLine(`[Anyon] ${word}${headline(message)}`).slice(0, 200),
    text: `${entries.map(inText).join('\n\n----\n\n')}\n\n-- \nAnyon at ${deployment}\n`,
    html: `<!doctype html><html><body style="font-family:sans-serif">${entries.map(inHtml).join('<hr>')}<p style="color:#666">Anyon at ${escapeHtml(deployment)}</p></body></html>`,
  };
}

function inText(entry: MessageEntry): string {
  return [entry.title, entry.purpose === 'settled' ? '' : entry.body, circumstances(entry), entry.link ?? ''].filter(Boolean).join('\n\n');
}

function inHtml(entry: MessageEntry): string {
  const body = entry.purpose === 'settled' || entry.body === '' ? '' : `<p style="white-space:pre-wrap">${escapeHtml(entry.body)}</p>`;
  const link = entry.link ? `<p><a href="${escapeHtml(entry.link)}">Open in Anyon</a></p>` : '';
  return `<h2 style="font-size:1.1em">${escapeHtml(entry.title)}</h2>${body}<p style="color:#666">${escapeHtml(circumstances(entry))}</p>${link}`;
}
