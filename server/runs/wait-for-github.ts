import { eq } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import { refusingGitHub } from '@/server/connections/github/github-health';
import { askGitHubBeforeUse } from '@/server/connections/github/token-for-use';
import { database } from '@/server/database';
import type { Parking } from '@/server/runs/judge-parking';
import type { RunRow } from '@/server/runs/run-status';

/**
 * Whether a run that is about to begin has to wait, because the host of its repositories refuses the token of the person who started
 * it: Claude would work for nothing and fail at its first fetch or push. A token of another host, or none at all, keeps no run waiting.
 */
export async function gitHubParking(run: Pick<RunRow, 'workspaceId' | 'startedById'>): Promise<Parking | null> {
  await askGitHubBeforeUse(run.startedById);
  const refusing = await refusingGitHub(database(), run.startedById);
  if (!refusing) return null;
  const [workspace] = await database()
    .select({ repositoryUrl: workspaces.repositoryUrl, extraRepositories: workspaces.extraRepositories })
    .from(workspaces)
    .where(eq(workspaces.id, run.workspaceId));
  const addresses = workspace ? [workspace.repositoryUrl, ...workspace.extraRepositories.map(({ url }) => url)] : [];
  if (!addresses.some((address) => URL.canParse(address) && new URL(address).host === refusing.host)) return null;
  return { for: 'github_sign_in', until: null, reason: `${refusing.reason} The run has not begun; it would reach its repository without a sign-in.` };
}
