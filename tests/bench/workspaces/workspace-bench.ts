import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import type { BenchRun } from '@/tests/bench/row';
import { startRunningProduct, type AnyonClient, type RunningProduct } from '@/tests/setup/running-product';

/** Small, so that fifty fit; the same for product and peer. */
export const BENCH_LIMITS = { memoryBytes: 512 * 1024 ** 2, cpus: 1, pids: 256 };

/** The whole product as `npm run up` starts it, its owner signed in, and a repository of one file on this machine. */
export interface WorkspaceBench {
  product: RunningProduct;
  client: AnyonClient;
  repositoryUrl: string;
}

/** Everything that it makes goes when the row is over. */
export async function openWorkspaceBench({ directory, say, afterwards }: BenchRun, env: Record<string, string> = {}): Promise<WorkspaceBench> {
  createRepository({ directory, name: 'small', files: { 'README.md': '# Small\n' } });
  const git = await startGitHttpServer({ directory, host: await bridgeGateway() });
  afterwards(() => git.close());
  say('starting the product');
  const product = await startRunningProduct({ env: { ANYON_EGRESS_PRIVATE: new URL(git.url).host, ANYON_LOG_LEVEL: 'warn', ...env } });
  afterwards(() => product.close());
  const { client } = await product.signIn();
  return { product, client, repositoryUrl: `${git.url}/small.git` };
}
