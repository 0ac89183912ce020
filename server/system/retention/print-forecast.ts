import { retentionWords, type RetentionForecast, type RetentionRule, type RetentionView } from '@/contract/retention';
import { bytesInWords } from '@/server/deployment/bytes-in-words';

const SHOWN = 100;

/** What will go, for a terminal: each kind with its rule, what goes of it and why, the newest first. */
export function printForecast({ forecasts, bundleKeepDays }: RetentionView): string {
  const total = forecasts.reduce((sum, { goes }) => sum + goes.bytes, 0);
  const lines = [...forecasts.flatMap((forecast) => [...kindLines(forecast, bundleKeepDays), '']), `In all ${size(total)} will go by these rules.`];
  // Names come from people and prompts: nothing of them may steer the terminal.
  return `${lines.map((text) => text.replace(/\p{Cc}/gu, '?')).join('\n')}\n`;
}

function kindLines({ kind, rule, holdsUntil, actsAt, present, spared, goes, first }: RetentionForecast, bundleKeepDays: number): string[] {
  const { title, one, many } = retentionWords[kind];
  const what = (items: number) => `${items} ${items === 1 ? one : many}`;
  const promised = kind === 'removed_work' ? `kept for ${bundleKeepDays} days after the deletion (ANYON_BUNDLE_KEEP_DAYS)` : null;
  const lines = [`${title}: ${ruleInWords(rule, promised)}`];
  lines.push(`  There: ${what(present.items)}, ${size(present.bytes)}.${spared.map(({ why, items }) => ` ${items} left alone: ${why}.`).join('')}`);
  if (actsAt === null) return lines;
  const when = holdsUntil ? `after ${holdsUntil.toISOString()}, because the rule was changed` : `from ${actsAt.toISOString()} on`;
  lines.push(goes.items === 0 ? '  Nothing goes by it.' : `  Goes ${when}: ${what(goes.items)}, ${size(goes.bytes)}.`);
  for (const { name, endedAt, bytes, because, waitsFor } of first) lines.push(`    ${endedAt.toISOString().slice(0, 10)}  ${size(bytes).padStart(10)}  ${name}  (${because}${waitsFor ? `; waits for ${waitsFor}` : ''})`);
  if (first.length === SHOWN) lines.push('    and what is older than these.');
  return lines;
}

function ruleInWords({ keepDays, maxBytes }: RetentionRule, promised: string | null): string {
  const parts = [promised, keepDays !== null && `kept for ${keepDays} ${keepDays === 1 ? 'day' : 'days'}`, maxBytes !== null && `at most ${size(maxBytes)} in all, the oldest go first`].filter(Boolean);
  return parts.length === 0 ? 'kept for good.' : `${parts.join('; ')}.`;
}

/** Small ones to the KiB: a log is often less than one MiB. */
function size(bytes: number): string {
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : bytesInWords(bytes);
}
