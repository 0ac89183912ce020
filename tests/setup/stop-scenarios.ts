import { execFileSync } from 'node:child_process';
import type { PermissionMode, RunStatus } from '@/contract/run';

/** What a run is in the middle of when it is stopped. Every process of it is told apart by how long it would sleep. */
export interface StopScenario {
  name: string;
  prompt: string;
  permissionMode?: PermissionMode;
  /** Stopped as soon as this is true. */
  isThere: (seen: { status: RunStatus; outBytes: number; commands: string }) => boolean;
}

const CHILDREN = [
  'setsid sleep 9001 &',
  "setsid sh -c 'trap : TERM INT HUP; while :; do sleep 9002; done' &",
  "(trap '' TERM INT HUP; sleep 9003) &",
  'setsid env -i /bin/sleep 9004 &',
  'nohup setsid setsid sleep 9005 >/dev/null 2>&1 &',
  'sleep 9006',
].join(' ');

export const stopScenarios: readonly StopScenario[] = [
  { name: 'starting', prompt: '[[sim:text text="never said"]]', isThere: ({ status }) => status !== 'queued' },
  { name: 'streaming a text', prompt: '[[sim:slow ms=200]] [[sim:long lines=900]]', isThere: ({ outBytes }) => outBytes > 12_000 },
  { name: 'running Bash with children in sessions of their own that ignore signals', prompt: `[[sim:bash cmd="${CHILDREN}"]]`, isThere: ({ commands }) => ['9001', '9002', '9003', '9004', '9005', '9006'].every((time) => commands.includes(`sleep ${time}`)) },
  { name: 'waiting for a network that is stuck', prompt: '[[sim:hang]]', isThere: ({ outBytes }) => outBytes > 500 },
  { name: 'waiting for an answer', prompt: '[[sim:bash cmd="touch asked; sleep 9007"]]', permissionMode: 'default', isThere: ({ status }) => status === 'needs_you' },
  { name: 'stopped in its tracks: Claude Code itself hears nothing', prompt: '[[sim:bash cmd="kill -STOP $PPID; sleep 9008"]]', isThere: ({ commands }) => commands.includes('sleep 9008') },
];

/** The command lines of every process of a run in the container. What stops it is none of its own: it looks around once more when all is over, and ends. */
export function commandsIn(containerId: string): string {
  const listed = execFileSync('docker', ['top', containerId, '-eo', 'pid,args'], { encoding: 'utf8' });
  return listed.split('\n').slice(1).filter((line) => /claude|sleep 900\d|anyon-run start/.test(line)).join('\n');
}
