import { DEFAULT_CHECK_MINUTES, startVariantsInput, type StartVariantsInput } from '@/contract/variant';
import type { ReadChoices } from '@/components/steering/run-choices';

/** How many tries of the next prompt there shall be, as it stands in the fields. */
export interface VariantChoices {
  count: number;
  /** One for each variant; empty: the model that is chosen for all. */
  models: string[];
  /** Null until somebody types: then it is what was used last in the workspace. */
  checkCommand: string | null;
  checkMinutes: string | null;
}

export const oneVariant: VariantChoices = { count: 1, models: [], checkCommand: null, checkMinutes: null };

/** The input that these fields mean, or the sentence that says what is wrong with them. */
export function readVariantChoices(workspaceId: string, prompt: string, run: ReadChoices, choices: VariantChoices): StartVariantsInput | string {
  const { limits, model, ...others } = run;
  const read = startVariantsInput.safeParse({
    workspaceId,
    prompt,
    ...others,
    maxTurns: limits.maxTurns ?? undefined,
    budgetUsd: limits.budgetUsd ?? undefined,
    models: Array.from({ length: choices.count }, (_, index) => choices.models[index]?.trim() || (model ?? null)),
    checkCommand: choices.checkCommand?.trim() || undefined,
    checkMinutes: minutesIn(choices.checkMinutes),
  });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const at = issue?.path[0];
  if (at === 'models' && issue?.path.length === 2) return `This is not a model name (variant ${Number(issue.path[1]) + 1}).`;
  if (at === 'checkMinutes') return 'The time limit of the check is a whole number of minutes from 1 to 60.';
  return issue?.message ?? 'This cannot be used.';
}

function minutesIn(text: string | null): number {
  return text === null || text.trim() === '' ? DEFAULT_CHECK_MINUTES : Number(text.trim());
}
