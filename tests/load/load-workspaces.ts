import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadPlace } from '@/tests/load/load-place';
import type { Person } from '@/tests/load/load-people';

export interface OwnedWorkspace {
  id: string;
  owner: Person;
}

/** The least there can be; the CLI takes 150 MB of it. */
const LIMITS = { memoryBytes: 512 * 1024 ** 2, cpus: 1, pids: 256 };
const AT_A_TIME = 10;
const PATIENCE_MS = 30 * 60_000;

/** So many ready workspaces, each person's in turn, asked for ten at a time. Throws when one does not become ready. */
export async function createWorkspaces(place: LoadPlace, count: number, say: (line: string) => void): Promise<OwnedWorkspace[]> {
  const made: OwnedWorkspace[] = [];
  const deadline = Date.now() + PATIENCE_MS;
  while (made.length < count) {
    const owners = Array.from({ length: Math.min(AT_A_TIME, count - made.length) }, (_, index) => place.people[(made.length + index) % place.people.length]!);
    const batch = await Promise.all(
      owners.map(async (owner, index) => {
        const { id } = await owner.client.workspaces.create.mutate({ repositoryUrl: place.repositoryUrl, name: `load ${made.length + index + 1}`, limits: LIMITS });
        return { id, owner };
      }),
    );
    await Promise.all(batch.map((workspace) => untilReady(workspace, deadline)));
    made.push(...batch);
    say(`workspaces: ${made.length} of ${count}`);
  }
  return made;
}

async function untilReady({ id, owner }: OwnedWorkspace, deadline: number): Promise<void> {
  for (;;) {
    const { status, statusReason } = await owner.client.workspaces.byId.query({ workspaceId: id });
    if (status === 'running') return;
    if (status !== 'creating' || Date.now() > deadline) throw new Error(`A workspace of the load is ${status}: ${statusReason}`);
    await sleep(500);
  }
}
