import type { Actor } from '@/contract/actor';
import type { ChangeRetentionInput, RetentionView } from '@/contract/retention';
import { forecastRetention } from '@/server/system/retention/forecast';
import { changeRule } from '@/server/system/retention/rules';

/** Changes a rule and says what will go by all of them from then on. For administrators. */
export async function changeRetention(admin: Actor, input: ChangeRetentionInput): Promise<RetentionView> {
  await changeRule(admin, input);
  return forecastRetention(admin);
}
