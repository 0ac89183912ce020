import { alertLine, escapeSlack } from '@/server/alerts/alert-text';
import { circumstances, headline, type AlertMessage, type MessageEntry, type SendOutcome } from '@/server/alerts/alert-message';
import { retryAfterMs } from '@/server/alerts/back-off';
import { describeError, isAnyonError } from '@/server/errors';
import { guardedFetch } from '@/server/outbound/guarded-fetch';

const TIMEOUT_MS = 15_000;
/** Slack takes 50 blocks; two or three go with each matter. */
const MOST_ENTRIES = 15;

/** Slack's own words for what will never work, as it is known of its webhooks. */
const reasons: Record<string, string> = {
  invalid_token: 'Slack no longer knows this webhook. Make a new one and enter its address.',
  no_service: 'Slack no longer knows this webhook: it was removed or switched off. Make a new one and enter its address.',
  no_service_id: 'This is not the whole address of a webhook. Copy it again.',
  no_team: 'The Slack workspace of this webhook does not exist any more.',
  team_disabled: 'The Slack workspace of this webhook is disabled.',
  channel_not_found: 'The channel of this webhook does not exist any more. Make a new webhook.',
  channel_is_archived: 'The channel of this webhook is archived. Open it again, or make a webhook for another one.',
  action_prohibited: 'An administrator of the Slack workspace does not allow this webhook to post.',
  posting_to_general_channel_denied: 'This webhook may not post to the general channel.',
};

/**
 * Posts to a Slack webhook (or to what speaks like one). Slack cannot tell a message from its repetition: when the worker dies
 * between Slack's answer and the row that notes it, the message comes a second time.
 */
export async function sendToSlack(webhookUrl: string, message: AlertMessage): Promise<SendOutcome> {
  try {
    const { status, headers, text } = await guardedFetch(webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(slackPayload(message)),
      timeoutMs: TIMEOUT_MS,
      maxBytes: 64 * 1024,
    });
    if (status >= 200 && status < 300) return { ok: true };
    return judge(status, alertLine(text).slice(0, 200), headers.get('retry-after'));
  } catch (error) {
    if (isAnyonError(error)) return { ok: false, sentence: error.message, permanent: error.kind === 'invalid' };
    return { ok: false, sentence: describeError(error), permanent: false };
  }
}

/** Only plain text holds words from elsewhere, so that nothing in them is a link, a mention or bold. */
export function slackPayload(message: AlertMessage): object {
  const shown = message.entries.slice(0, MOST_ENTRIES);
  const isDigest = message.entries.length > 1;
  const left = message.entries.length - shown.length;
  return {
    text: escapeSlack(`[${message.deployment}] ${headline(message)}`),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(headline(message), 150) },
      ...shown.flatMap((entry) => blocksOf(entry, isDigest, message.deployment)),
      ...(left > 0 ? [{ type: 'section', text: plain(`And ${left} more.`) }] : []),
    ],
  };
}

function blocksOf(entry: MessageEntry, isDigest: boolean, deployment: string): object[] {
  const open = entry.link ? ` · <${entry.link.replace(/[<>|]/g, encodeURIComponent)}|Open in Anyon>` : '';
  const body = isDigest ? `${entry.title}\n${entry.body}` : entry.body;
  return [
    ...(entry.purpose === 'settled' || body === '' ? [] : [{ type: 'section', text: plain(body, isDigest ? 600 : 2_900) }]),
    { type: 'context', elements: [{ type: 'mrkdwn', text: `${escapeSlack(`${circumstances(entry)} · ${deployment}`)}${open}` }] },
  ];
}

/** The limits count what is sent, escaped. */
function plain(text: string, most = 2_900): object {
  let shown = escapeSlack(text);
  for (let left = Math.min(text.length, most); shown.length > most; left -= Math.max(1, Math.ceil((shown.length - most) / 5))) shown = `${escapeSlack(text.slice(0, left).toWellFormed())}…`;
  return { type: 'plain_text', text: shown, emoji: false };
}

function judge(status: number, words: string, retryAfter: string | null): SendOutcome {
  const known = reasons[words];
  if (known) return { ok: false, sentence: known, permanent: true };
  if (status === 429) return { ok: false, sentence: 'Slack takes no more messages just now.', permanent: false, retryAfterMs: retryAfterMs(retryAfter, new Date()) };
  const sentence = `Slack answered ${status}${words ? `: ${words}` : ''}.`;
  if (status >= 500 || status === 408) return { ok: false, sentence, permanent: false };
  return { ok: false, sentence: `${sentence} Check the address of the webhook.`, permanent: true };
}
