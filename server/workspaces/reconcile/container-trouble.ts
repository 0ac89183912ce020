import type { ContainerExit } from '@/contract/container-exit';
import type { Trouble } from '@/server/workspaces/reconcile/finding';
import type { SeenContainer } from '@/server/workspaces/reconcile/machine';
import { bytesInWords } from '@/server/deployment/bytes-in-words';

/**
 * Why a container in this state is of no use to a workspace that should run; null when it is in order. An exit never means
 * success here: a workspace's container has nothing to finish.
 */
export function containerTrouble(container: SeenContainer, memoryBytes: number): Trouble | null {
  switch (container.status) {
    case 'running':
      return null;
    case 'paused':
      return { class: 'other', sentence: 'Its container was paused outside Anyon; everything in it stands still.' };
    case 'created':
      return { class: 'other', sentence: 'Its container was made but is not started.' };
    case 'restarting':
      return { class: 'engine', sentence: 'Docker keeps restarting its container, which Anyon did not ask for.' };
    case 'removing':
      return { class: 'other', sentence: 'Its container is being removed outside Anyon.' };
    case 'dead':
      return { class: 'engine', sentence: 'Its container is dead: Docker could not remove all of it.' };
    case 'exited':
      return exitTrouble(container.exit, memoryBytes);
  }
}

function exitTrouble(exit: ContainerExit | null, memoryBytes: number): Trouble {
  if (exit?.oomKilled && exit.exitCode !== 0) {
    return { class: 'memory', sentence: `Its container ran out of memory (its limit is ${bytesInWords(memoryBytes)}) and was ended. Give it more memory.` };
  }
  const error = exit?.error ?? '';
  if (/no space left on device|disk quota exceeded/i.test(error)) return { class: 'storage', sentence: `Its container ended because the disk is full (${error}).` };
  if (/network|endpoint|address already in use/i.test(error)) return { class: 'network', sentence: `Its container could not join its network (${error}).` };
  return { class: error ? 'engine' : 'other', sentence: `Its container ended (${describeExit(exit)}).` };
}

function describeExit(exit: ContainerExit | null): string {
  if (!exit || exit.exitCode === null) return 'Docker does not say why';
  const code = `exit code ${exit.exitCode}`;
  if (exit.error) return `${code}: ${exit.error}`;
  if (exit.signal === 'SIGKILL') return `${code}, killed from outside`;
  if (exit.signal === 'SIGTERM') return `${code}, stopped from outside`;
  return exit.signal ? `${code}, ended by ${exit.signal}` : code;
}

export const goneTrouble: Trouble = { class: 'other', sentence: 'Its container was removed outside Anyon; the files are kept.' };
export const lostFilesTrouble: Trouble = {
  class: 'storage',
  helpless: true,
  sentence: 'Its files are not on the disk any more: somebody removed them outside Anyon. Put them back from a backup and start it, or delete the workspace.',
};
export const networkGoneTrouble: Trouble = { class: 'network', sentence: 'Its network was removed outside Anyon; nothing in it can reach anything.' };
