import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { personMasker } from '@/server/secrets/person-masker';

/**
 * Throws `invalid` when one of these words of a person's, each under what it is called, holds a secret: a known kind of token, a value of theirs, or
 * one that a run of the conversation was given. What is committed or published is out of everybody's hands.
 */
export async function assertNoSecret(access: RunAccess, words: Readonly<Record<string, string | undefined>>): Promise<void> {
  const maskers = await Promise.all([personMasker(access.actor.userId), conversationMasker(access.run)]);
  for (const [what, text] of Object.entries(words)) {
    if (text === undefined || maskers.every((masker) => masker.maskText(text) === text)) continue;
    throw new AnyonError('invalid', `The ${what} holds a secret. Take it out: what is published can be read by others, and stays.`);
  }
}
