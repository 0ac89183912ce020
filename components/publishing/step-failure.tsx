'use client';

import { errorSentence } from '@/components/trpc/error-kind';
import { ButtonLink } from '@/components/ui/button';
import { isAboutOlderImage, OlderImageAction } from '@/components/ui/older-image-action';
import { Notice } from '@/components/ui/notice';

/** Why a step did not work, in the server's words, with the way to what helps. */
export function StepFailure({ error }: { error: unknown }) {
  const sentence = errorSentence(error);
  return (
    <Notice kind="failure" action={isAboutOlderImage(sentence) ? <OlderImageAction /> : /connect github/i.test(sentence) && <ConnectGitHub />}>
      {sentence}
    </Notice>
  );
}

export function ConnectGitHub() {
  return (
    <ButtonLink size="small" href="/settings?tab=connections">
      Connect GitHub
    </ButtonLink>
  );
}
