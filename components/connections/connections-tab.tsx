'use client';

import { ClaudeCard } from '@/components/connections/claude-card';
import { GitHubCard } from '@/components/connections/github-card';

/** The accounts that a person's workspaces and runs use. */
export function ConnectionsTab() {
  return (
    <div className="flex flex-col gap-5 py-5">
      <ClaudeCard />
      <GitHubCard />
    </div>
  );
}
