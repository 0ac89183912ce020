import { readFileSync } from 'node:fs';
import type { RunningProduct } from '@/tests/setup/running-product';

/** The address at which containers of a running product find its simulator, by what its web process was told. */
export function simulatorAddress(product: RunningProduct): string {
  const told = readFileSync(`/proc/${product.processes().web?.pid}/environ`, 'utf8');
  const address = /ANYON_SIMULATOR_URL=([^\0]+)/.exec(told)?.[1];
  if (!address) throw new Error('The web process knows no simulator.');
  return address;
}
