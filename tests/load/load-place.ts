import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { addPeople, type Person } from '@/tests/load/load-people';
import { buildMetronomeImage } from '@/tests/load/metronome-image';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/** A product of its own with people, a repository to clone and the image with the metronome in it. */
export interface LoadPlace {
  product: RunningProduct;
  people: Person[];
  repositoryUrl: string;
  image: string;
  close(): Promise<void>;
}

/** Fifty runs, each promised a quarter of its workspace's limit, and 150 idle workspaces fit into 24 GB; at half of it, as is usual, they do not. */
const OVERCOMMIT = '4';

/** Opens one; whatever was begun is taken away again when it cannot be had whole, which is so from the signal on. */
export async function openLoadPlace(people: number, signal?: AbortSignal): Promise<LoadPlace> {
  const left: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const leave of left.splice(0).toReversed()) await leave().catch((error: unknown) => process.stderr.write(`Something was left behind: ${String(error)}\n`));
  };
  try {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'anyon-load-'));
    left.push(() => rm(directory, { recursive: true, force: true }));
    createRepository({ directory, name: 'small', files: { 'README.md': '# Small\n' } });
    const git = await startGitHttpServer({ directory, host: await bridgeGateway() });
    left.push(() => git.close());
    const image = await buildMetronomeImage();
    left.push(() => image.remove());
    signal?.throwIfAborted();
    const product = await startRunningProduct({ signal, env: { ANYON_EGRESS_PRIVATE: new URL(git.url).host, ANYON_CLOUD_IMAGE: image.name, ANYON_MEMORY_OVERCOMMIT: OVERCOMMIT } });
    left.push(() => product.close());
    return { product, people: await addPeople(product, people), repositoryUrl: `${git.url}/small.git`, image: image.name, close };
  } catch (error) {
    await close();
    throw error;
  }
}
