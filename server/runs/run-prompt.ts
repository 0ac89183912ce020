import type { RunRow } from '@/server/runs/run-status';
import { personMasker } from '@/server/secrets/person-masker';
import { PROMPT_PURPOSE } from '@/server/secrets/sealed-places';
import { openText, sealText } from '@/server/secrets/vault';

/** A prompt as the row of its run keeps it: masked; where that changed something, the real one is sealed beside it until the run is over. */
export async function keepPrompt(run: { id: string; startedById: string }, prompt: string): Promise<Pick<RunRow, 'prompt' | 'sealedPrompt'>> {
  const masked = (await personMasker(run.startedById)).maskText(prompt);
  return { prompt: masked, sealedPrompt: masked === prompt ? null : sealText(prompt, PROMPT_PURPOSE, run.id) };
}

/** What Claude Code is told: the prompt as it was entered. For the launch, and for a retry of the same person; nothing of it is stored or sent unmasked. */
export function promptForClaude(run: Pick<RunRow, 'id' | 'prompt' | 'sealedPrompt'>): string {
  return run.sealedPrompt === null ? run.prompt : openText(run.sealedPrompt, PROMPT_PURPOSE, run.id);
}
