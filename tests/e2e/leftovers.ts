import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { AnyonClient, RunningProduct } from '@/tests/setup/running-product';

interface Inventory {
  rows: string[];
  directories: string[];
  containers: string[];
  networks: string[];
}

/** Everything that stands for a workspace: rows, directories, containers, networks. Equal before and after means that nothing was left behind. */
export async function inventory(product: RunningProduct, client: AnyonClient): Promise<Inventory> {
  const folder = path.join(product.dataDir, 'workspaces');
  return {
    rows: (await client.workspaces.list.query()).map(({ id }) => id).sort(),
    directories: existsSync(folder) ? readdirSync(folder).sort() : [],
    containers: dockerNames(product, ['ps', '--all', '--format', '{{.Names}}']),
    networks: dockerNames(product, ['network', 'ls', '--format', '{{.Name}}']),
  };
}

function dockerNames(product: RunningProduct, command: string[]): string[] {
  const output = execFileSync('docker', [...command, '--filter', `label=anyon.instance=${product.instance}`], { encoding: 'utf8' });
  return output.split('\n').filter(Boolean).sort();
}
