'use client';

import { useState } from 'react';
import { Button } from '@/components/ui/button';

/** Leaves for GitHub's page. A form, because the browser then says which site asks. */
export function GitHubConsentButton({ primary = false, children }: { primary?: boolean; children: string }) {
  const [leaving, setLeaving] = useState(false);
  return (
    <form method="post" action="/api/connections/github/start" onSubmit={() => setLeaving(true)}>
      <Button type="submit" variant={primary ? 'primary' : 'plain'} busy={leaving}>
        {children}
      </Button>
    </form>
  );
}
