import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';

export interface Repositories {
  /** Address of the repository of this name, as containers reach it; whether there is one or not. */
  url(name: string): string;
  /** Settings of a product whose workspaces may reach them: they stand on a private address. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/** Real git over HTTP: `garden` with one commit on `main` and a branch `spring`, and `private-garden`, which asks for a sign-in. */
export async function serveRepositories(): Promise<Repositories> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-e2e-git-'));
  const files = { 'README.md': '# Garden\n\nA small garden planner.\n', 'src/beds.js': "export const beds = ['tomatoes', 'beans'];\n" };
  for (const name of ['garden', 'private-garden']) createRepository({ directory, name, files, branches: ['spring'] });
  const server = await startGitHttpServer({ directory, host: await bridgeGateway(process.env['DOCKER_HOST']) });
  return {
    url: (name) => `${server.url}/${name}.git`,
    env: { ANYON_EGRESS_PRIVATE: new URL(server.url).host },
    async close() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
