import { scriptHash, type SetupPlace } from '@/server/workspaces/setup/setup-place';

/**
 * A container that is made anew has an empty home directory, whatever the row says. So the container itself carries the sign
 * that the script's work is in it: a directory in its own layer, outside of every mount. It can be faked from inside, which
 * fools nobody but the one who does it.
 */
function markOf(place: SetupPlace): string {
  return `/var/tmp/anyon-setup-${scriptHash(place.workspace.setupScript)}`;
}

/** True when this very container was set up by this script. */
export async function isSetUp(place: SetupPlace): Promise<boolean> {
  const { exitCode } = await place.engine.exec(place.containerId, { argv: ['test', '-d', markOf(place)] }, place.signal);
  return exitCode === 0;
}

/** An image where this cannot be written costs time at every start, and nothing else. */
export async function markSetUp(place: SetupPlace): Promise<void> {
  await place.engine.exec(place.containerId, { argv: ['mkdir', '-p', markOf(place)] }, place.signal);
}
