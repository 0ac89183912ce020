'use client';

import { useParams } from 'next/navigation';
import { ButtonLink } from '@/components/ui/button';

/** True of the server's words about a workspace whose container was made before this version (server/containers/older-image.ts). */
export function isAboutOlderImage(message: string): boolean {
  return message.includes('was made with an older image');
}

/** Leads to the workspace of this page, where it is restarted: that may end runs, which is asked there. */
export function OlderImageAction() {
  const { workspaceId } = useParams<{ workspaceId?: string }>();
  return (
    <ButtonLink href={workspaceId ? `/workspaces/${workspaceId}` : '/workspaces'} size="small">
      Go to the workspace to restart it
    </ButtonLink>
  );
}
