import { ask } from '@/cli/ask';
import { CliError } from '@/cli/cli-error';
import type { Surroundings } from '@/cli/session';

/** Asks before what cannot be taken back; where nobody can be asked it has to be said with --yes. */
export async function confirm(surroundings: Surroundings, question: string): Promise<void> {
  if (!surroundings.in.isTTY) throw new CliError('invalid', `${question} Nobody can be asked here: say it with --yes.`);
  const answer = await ask(surroundings, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new CliError('invalid', 'Nothing was done.');
}
