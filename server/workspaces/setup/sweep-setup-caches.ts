import { env } from '@/server/env';
import { assertRoomToWork } from '@/server/deployment/free-space';
import { isAnyonError } from '@/server/errors';
import { sweepCaches } from '@/server/workspaces/setup/kept-archives';

/** Removes shared set-up results that are too old or too many; all of them when the disk gets short, for they only save time. */
export async function sweepSetupCaches(): Promise<void> {
  await sweepCaches({ all: await isDiskShort() });
}

async function isDiskShort(): Promise<boolean> {
  try {
    await assertRoomToWork(2 * env().ANYON_MIN_FREE_BYTES);
    return false;
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'limit_reached') return true;
    throw error;
  }
}
