import { startRunInput, type PermissionMode, type RunLimits } from '@/contract/run';

/** How the next run shall be, as it stands in the fields. */
export interface RunChoices {
  /** Null: as the run before, or as usual. */
  permissionMode: PermissionMode | null;
  model: string;
  maxTurns: string;
  budgetUsd: string;
}

export const usualChoices: RunChoices = { permissionMode: null, model: '', maxTurns: '', budgetUsd: '' };

/** The limits of a run as the fields show them. */
export function choicesOf({ maxTurns, budgetUsd }: RunLimits): RunChoices {
  return { ...usualChoices, maxTurns: maxTurns === null ? '' : String(maxTurns), budgetUsd: budgetUsd === null ? '' : String(budgetUsd) };
}

/** What the fields mean; an empty limit is none. */
export interface ReadChoices {
  permissionMode?: PermissionMode;
  model?: string;
  limits: RunLimits;
}

const checked = startRunInput.pick({ model: true, maxTurns: true, budgetUsd: true });
const sentences: Record<string, string> = {
  model: 'This is not a model name.',
  maxTurns: 'The turn limit is a whole number from 1 to 1000.',
  budgetUsd: 'The budget is an amount in US dollars, more than 0 and at most 10,000.',
};

/** The choices, or the sentence that says what is wrong with them. */
export function readChoices({ permissionMode, model, maxTurns, budgetUsd }: RunChoices): ReadChoices | string {
  const read = checked.safeParse({ model: model.trim() || undefined, maxTurns: numberIn(maxTurns), budgetUsd: numberIn(budgetUsd) });
  if (!read.success) return sentences[String(read.error.issues[0]?.path[0])] ?? 'This cannot be used.';
  return {
    ...(permissionMode && { permissionMode }),
    ...(read.data.model !== undefined && { model: read.data.model }),
    limits: { maxTurns: read.data.maxTurns ?? null, budgetUsd: read.data.budgetUsd ?? null },
  };
}

function numberIn(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text.replace(',', '.'));
}
