import type { FollowUpQueue } from '@/contract/follow-up';
import { isFinal, type FilesAway, type RunStatus } from '@/contract/run';
import type { WorkspaceStatus } from '@/contract/workspace';

const whileOn: Partial<Record<RunStatus, string>> = {
  needs_you: 'Claude waits for your answer',
  parked: 'The run waits and goes on by itself',
  queued: 'The run has not begun',
  stopping: 'The run is being stopped',
};

/** In one line: what becomes of a follow-up that is sent now. */
export function whatHappens({ newestRun, waiting }: FollowUpQueue, workspace: WorkspaceStatus | undefined, files: FilesAway['state'] | null = null): string {
  const others = waiting.length === 1 ? 'one other' : `${waiting.length} others`;
  if (!isFinal(newestRun.status)) return `${whileOn[newestRun.status] ?? 'Claude is at work'}: this waits ${waiting.length > 0 ? `behind ${others}` : 'for its turn'}.`;
  if (files === 'away') return 'Bring the files of this conversation back first.';
  if (files !== null) return 'The files of this conversation are on their way: send this in a moment.';
  if (waiting.length > 0) return `This waits behind ${others}.`;
  if (workspace !== undefined && workspace !== 'running') return `The workspace is ${workspace}: this waits until it runs.`;
  return 'Starts at once, in the same conversation, files and branch.';
}
