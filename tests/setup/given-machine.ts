import { processState } from '@/server/process-state';
import type { Machine } from '@/server/deployment/machine';

/** The machine as the tests say it is. */
export const given: Machine = { memory: { total: 0, available: 0 }, disk: { place: '/', total: 0, available: 0 } };

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** From now on this process takes the machine to be as it is given. */
export function useGivenMachine(): void {
  processState('machine', () => () => Promise.resolve(given));
}

/** A machine with so much memory, all of it free unless told otherwise. */
export function give(memoryGib: number, change: { available?: number; diskAvailable?: number } = {}): void {
  given.memory = { total: memoryGib * GIB, available: (change.available ?? memoryGib) * GIB };
  given.disk = { place: '/', total: 100 * GIB, available: change.diskAvailable ?? 50 * GIB };
}
