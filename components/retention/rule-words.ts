import { retentionWords, type RetentionForecast, type RetentionKind, type RetentionRule } from '@/contract/retention';
import { count, formatSize } from '@/components/ui/quantities';

/** `Kept for 90 days, at most 5 GiB in all`, or that it is kept for good. Work of deleted workspaces has its days from a setting. */
export function ruleInWords(kind: RetentionKind, { keepDays, maxBytes }: RetentionRule, bundleKeepDays: number): string {
  const days = kind === 'removed_work' ? bundleKeepDays : keepDays;
  const parts = [days !== null && `kept for ${count(days, 'day')}`, maxBytes !== null && `at most ${formatSize(maxBytes)} in all`].filter((part) => part !== false);
  const words = parts.length === 0 ? 'kept for good' : parts.join(', ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** The same after a colon; units keep their capitals. */
export function inSentence(words: string): string {
  return `${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}

/** `3 logs, 12 MiB`. */
export function sumInWords(kind: RetentionKind, { items, bytes }: RetentionForecast['present']): string {
  const { one, many } = retentionWords[kind];
  return `${count(items, one, many)}, ${formatSize(bytes)}`;
}

/** Bytes out of what somebody typed as GiB; null for an empty field, NaN for what is no number. */
export function bytesOf(gib: string): number | null {
  if (gib.trim() === '') return null;
  return Math.round(Number(gib.trim().replace(',', '.')) * 1024 ** 3);
}

/** The other way round, without digits that say nothing. */
export function gibOf(bytes: number | null): string {
  return bytes === null ? '' : String(Number((bytes / 1024 ** 3).toFixed(3)));
}

/** Null for an empty field. */
export function daysOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text.trim());
}
