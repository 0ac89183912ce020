import { retentionWords, type RetentionForecast, type RetentionRule, type RetentionView } from '@/contract/retention';
import { bytesInWords } from '@/server/deployment/bytes-in-words';

const SHOWN = 100;

/** What will go, for a terminal: each kind with its rule, what goes of it and why, the newest first. */
export function printForecast({ forecasts, bundleKeepDays }: RetentionView): string {
  const total = forecasts.reduce((sum, { goes }) => sum + goes.bytes, 0);
  const lines = [...forecasts.flatMap((forecast) => [...kindLines(forecast, bundleKeepDays), '']), `In all ${bytesInWords(total)} will go by these rules.`];
  // Names come from people and prompts: nothing of them may steer the terminal.
  return `${lines.map((text) => text.replace(/\p{Cc}/gu, '?')).join('\n')}\n`;
}

function kindLines({ kind, rule, holdsUntil, actsAt, present, spared, goes, first }: RetentionForecast, bundleKeepDays: number): string[] {
  const { title, one, many } = retentionWords[kind];
  const what = (items: number) => `${items} ${items === 1 ? one : many}`;
  const lines = [`${title}: ${ruleInWords(rule)}${kind === 'removed_work' ? ` Each goes ${bundleKeepDays} days after its deletion (ANYON_BUNDLE_KEEP_DAYS).` : ''}`];
  lines.push(`  There: ${what(present.items)}, ${bytesInWords(present.bytes)}.${spared.map(({ why, items }) => ` ${items} left alone: ${why}.`).join('')}`);
  if (actsAt === null) return lines;
  const when = holdsUntil ? `after ${holdsUntil.toISOString()}, because the rule was changed` : `from ${actsAt.toISOString()} on`;
  lines.push(goes.items === 0 ? '  Nothing goes by it.' : `  Goes ${when}: ${what(goes.items)}, ${bytesInWords(goes.bytes)}.`);
  for (const { name, endedAt, bytes, because, waitsFor } of first) lines.push(`    ${endedAt.toISOString().slice(0, 10)}  ${bytesInWords(bytes).padStart(10)}  ${name}  (${because}${waitsFor ? `; waits for ${waitsFor}` : ''})`);
  if (first.length === SHOWN) lines.push('    and what is older than these.');
  return lines;
}

function ruleInWords({ keepDays, maxBytes }: RetentionRule): string {
  if (keepDays === null && maxBytes === null) return 'kept for good.';
  const parts = [keepDays !== null && `kept for ${keepDays} ${keepDays === 1 ? 'day' : 'days'}`, maxBytes !== null && `at most ${bytesInWords(maxBytes)} in all, the oldest go first`];
  return `${parts.filter(Boolean).join('; ')}.`;
}
