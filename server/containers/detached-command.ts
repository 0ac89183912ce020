/**
 * The host's side of the exchange protocol. A detached command runs under the wrapper `anyon-run` in a container and
 * speaks to us through files in `<exchange>/<commandId>/` only, so it survives this process, the connection and the
 * engine. Order of use: prepare, launch, then read the reports (or ask the wrapper) until there is an exit, then remove.
 */
export type { DetachedCommandSpec, DetachedFile, ForkedSession } from '@/server/containers/detached-spec';
export { prepareDetachedCommand, removeDetachedCommand } from '@/server/containers/detached-folder';
export { putMessage, removeMessage } from '@/server/containers/detached-message';
export { beginDetachedCommand, isAlive, launchDetachedCommand, stopDetached, tellDetached } from '@/server/containers/detached-wrapper';
export { readExit, readPid, type DetachedExit } from '@/server/containers/detached-report';
export { openRegularFile } from '@/server/containers/regular-file';
