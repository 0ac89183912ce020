'use client';

import { ButtonLink, Button } from '@/components/ui/button';
import { isAboutOlderImage, OlderImageAction } from '@/components/ui/older-image-action';
import { Notice } from '@/components/ui/notice';

interface FailureNoticeProps {
  message: string;
  kind: string | null;
  onRetry?: () => void;
}

/** A failed request in the server's own words, with the action that helps for its kind. */
export function FailureNotice({ message, kind, onRetry }: FailureNoticeProps) {
  return (
    <Notice kind="failure" action={isAboutOlderImage(message) ? <OlderImageAction /> : <FailureAction kind={kind} onRetry={onRetry} />}>
      {message}
    </Notice>
  );
}

function FailureAction({ kind, onRetry }: { kind: string | null; onRetry: (() => void) | undefined }) {
  if (kind === 'unauthenticated') return <ButtonLink href="/sign-in" size="small">Sign in</ButtonLink>;
  if (kind === 'not_found' || kind === 'forbidden') return <ButtonLink href="/workspaces" size="small">Go to your workspaces</ButtonLink>;
  return onRetry ? <Button size="small" onClick={onRetry}>Try again</Button> : null;
}
