import { setTimeout as sleep } from 'node:timers/promises';
import { BENCH_LIMITS, type WorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';

/** A workspace of this image, with room for the real CLI, once it runs. */
export async function workspaceOfImage({ client, repositoryUrl }: WorkspaceBench, image: string): Promise<string> {
  const limits = { ...BENCH_LIMITS, memoryBytes: 1024 ** 3 };
  const { id } = await client.workspaces.create.mutate({ repositoryUrl, name: 'of image', image, limits });
  for (;;) {
    const { status, statusReason } = await client.workspaces.byId.query({ workspaceId: id });
    if (status === 'running') return id;
    if (status !== 'creating') throw new Error(`The workspace is ${status}: ${statusReason}`);
    await sleep(100);
  }
}
