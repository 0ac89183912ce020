import { describe, expect, it } from 'vitest';
import { whatHappens } from '@/components/steering/what-happens';
import type { FollowUpQueue, FollowUpView } from '@/contract/follow-up';
import type { RunStatus } from '@/contract/run';

function queue(status: RunStatus, waiting = 0): FollowUpQueue {
  const view: FollowUpView = { id: 'a', prompt: '', model: null, permissionMode: null, limits: null, createdAt: new Date(), createdBy: { id: 'a', login: 'a' }, heldBecause: null };
  return { newestRun: { id: 'a', number: 1, status }, waiting: Array.from({ length: waiting }, () => view) };
}

describe('what becomes of a follow-up', () => {
  it.each([
    [queue('running'), 'running', 'Claude is at work: this waits for its turn.'],
    [queue('running', 1), 'running', 'Claude is at work: this waits behind one other.'],
    [queue('needs_you', 3), 'running', 'Claude waits for your answer: this waits behind 3 others.'],
    [queue('succeeded'), 'running', 'Starts at once, in the same conversation, files and branch.'],
    [queue('failed', 2), 'running', 'This waits behind 2 others.'],
    [queue('failed'), 'stopped', 'The workspace is stopped: this waits until it runs.'],
  ] as const)('%# is said in one line', (state, workspace, sentence) => {
    expect(whatHappens(state, workspace)).toBe(sentence);
  });

  it('is said of one that would find no files', () => {
    expect([whatHappens(queue('succeeded'), 'running', 'away'), whatHappens(queue('succeeded'), 'running', 'coming'), whatHappens(queue('running'), 'running', null)]).toEqual([
      'Bring the files of this conversation back first.',
      'The files of this conversation are on their way: send this in a moment.',
      'Claude is at work: this waits for its turn.',
    ]);
  });
});
