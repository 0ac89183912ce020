import { addFollowUpInput, type AddedFollowUp } from '@/contract/follow-up';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { publishStateOf } from '@/server/runs/publishing/publish-state';

const FILES_NAMED = 50;

/** Asks Claude, as a follow-up in the same conversation, to do the rebase that met conflicts and to solve them. */
export async function askForResolution(access: RunAccess): Promise<AddedFollowUp> {
  const { conflict, behind } = await publishStateOf(access);
  if (!conflict) throw new AnyonError('precondition', 'There is no conflict to resolve any more. Rebase again.');
  const named = conflict.files.slice(0, FILES_NAMED).map((file) => `- ${file}`);
  const more = conflict.files.length > FILES_NAMED ? [`- and ${conflict.files.length - FILES_NAMED} more`] : [];
  const prompt = [
    `Rebase this branch onto origin/${conflict.onto}${behind ? ` (${behind} new ${behind === 1 ? 'commit' : 'commits'})` : ''}; it is fetched already, no network is needed. Run \`git rebase origin/${conflict.onto}\` and resolve the conflicts.`,
    'Conflicts are known in:',
    ...named,
    ...more,
    'Keep what both sides intend. Run the tests that there are, and say how you resolved each file. Do not push.',
  ].join('\n');
  return addFollowUp(access, addFollowUpInput.omit({ runId: true }).parse({ prompt }));
}
