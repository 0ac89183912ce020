import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { RunStatus } from '@/contract/run';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { sessionPlace, transcriptPath } from '@/server/runs/claude-session';
import { maskTokens } from '@/server/secrets/masked-text';

/** The first run of a conversation, and what the CLI would have left of it. No process is behind it. */
export async function writeConversation(owner: Actor, workspaceId: string, number: number, status: RunStatus): Promise<RunAccess> {
  const id = uuidv7();
  const claudeSessionId = randomUUID();
  await database()
    .insert(runs)
    .values({ id, workspaceId, startedById: owner.userId, number, prompt: maskTokens('The first prompt'), simulated: true, model: 'claude-opus-5-5', permissionMode: 'acceptEdits', maxTurns: 7, branch: 'anyon/run-1', claudeSessionId, status });
  const place = sessionPlace(id);
  const onHost = (inContainer: string) => path.join(workspaceFilesDir(workspaceId), path.relative('/workspace', inContainer));
  mkdirSync(onHost(place.worktree), { recursive: true });
  mkdirSync(path.dirname(onHost(transcriptPath(place, claudeSessionId))), { recursive: true });
  writeFileSync(onHost(transcriptPath(place, claudeSessionId)), '{}\n');
  return requireRunAccess(owner, id);
}
