import type { PermissionMode } from '@/contract/run';

/** What Claude may do without asking, in a word or two and in a sentence. */
export const permissionModeWords: Readonly<Record<PermissionMode, { label: string; sentence: string }>> = {
  bypassPermissions: { label: 'Ask for nothing', sentence: 'Claude does everything by itself; the workspace’s container is the boundary.' },
  acceptEdits: { label: 'Ask before commands', sentence: 'Claude changes files by itself and asks before it does anything else.' },
  default: { label: 'Ask before changes', sentence: 'Claude reads by itself and asks before whatever changes something.' },
  plan: { label: 'Plan only', sentence: 'Claude changes nothing and ends with a plan.' },
};
