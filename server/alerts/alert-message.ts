import type { AlertKind, AlertSeverity, DeliveryPurpose } from '@/contract/alert';

/** One matter as a channel tells it: masked, without control characters, not yet escaped for the channel. */
export interface MessageEntry {
  /** Of the delivery; the same at every try, so that a channel that knows it already drops the second. */
  id: string;
  key: string;
  kind: AlertKind;
  severity: AlertSeverity;
  purpose: DeliveryPurpose;
  title: string;
  body: string;
  /** A whole address in the product. */
  link: string | null;
  count: number;
  raisedAt: Date;
  settledAt: Date | null;
  /** Whom it concerns; null: the administrators. */
  login: string | null;
}

/** What goes out at once: one matter, or a digest of those that waited for the quiet time to end. */
export interface AlertMessage {
  id: string;
  /** Of this install: the host of its public address. */
  deployment: string;
  entries: readonly [MessageEntry, ...MessageEntry[]];
}

/** What came of a try. `permanent`: the next one would end the same way. */
export type SendOutcome = { ok: true } | { ok: false; sentence: string; permanent: boolean; retryAfterMs?: number };

export const severityWords: Record<AlertSeverity, string> = { info: 'Note', warning: 'Warning', error: 'Error' };

/** The line that every channel heads the message with. */
export function headline({ entries }: AlertMessage): string {
  const [first] = entries;
  if (entries.length > 1) return `${entries.length} alerts from the quiet time`;
  if (first.purpose === 'settled') return `Settled: ${first.title}`;
  return first.purpose === 'still' ? `Still: ${first.title}` : first.title;
}

/** How bad, how often, since when, and for whom. */
export function circumstances({ severity, count, raisedAt, settledAt, login, purpose }: MessageEntry): string {
  const parts = [severityWords[severity]];
  if (login) parts.push(`for ${login}`);
  parts.push(`since ${minuteInWords(raisedAt)}`);
  if (count > 1) parts.push(purpose === 'still' ? `still: ${count} times` : `${count} times`);
  if (settledAt) parts.push(`settled ${minuteInWords(settledAt)}`);
  return parts.join(' · ');
}

function minuteInWords(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
