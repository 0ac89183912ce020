import type { RetentionRule } from '@/contract/retention';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import type { Removal } from '@/server/system/retention/choose-removals';

/** The part of a rule by which something goes, as it follows "by the rule: ". */
export function ruleWords(by: Removal['by'], { keepDays, maxBytes }: RetentionRule): string {
  if (by === 'age') return `older than ${keepDays} ${keepDays === 1 ? 'day' : 'days'}`;
  return `more than ${bytesInWords(maxBytes ?? 0)} in all, the oldest first`;
}
