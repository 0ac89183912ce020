import type { Machine } from '@/server/deployment/machine';

const MIB = 1024 ** 2;
/** What an idle workspace counts at least: its sleeping processes, the engine's share and its network. Measured: about 6 MiB. */
export const IDLE_BYTES = 64 * MIB;
/** What a workspace counts while it starts: cloning and a set-up script work in it. */
export const STARTING_BYTES = 256 * MIB;

/** A workspace that has a container which runs or is being started, as admission sees it. */
export interface Occupant {
  workspaceId: string;
  workspaceName: string;
  ownerId: string;
  limitBytes: number;
  /** The latest reading of this minute; null when there is none. */
  usedBytes: number | null;
  starting: boolean;
  /** Runs that are on, oldest first. */
  liveRuns: readonly { number: number }[];
}

/** Somebody who asks for memory: a workspace that wants to start, or a run. */
export interface Asker {
  kind: 'task' | 'run';
  id: string;
  workspaceId: string;
  workspaceName: string;
  ownerId: string;
  /** Memory limit of the workspace. */
  limitBytes: number;
  askedAt: Date;
}

/** How the operator has set admission up. */
export interface RoomRules {
  memoryReserveBytes: number;
  /** 2: a live run counts half of its workspace's limit. */
  memoryOvercommit: number;
  diskReserveBytes: number;
}

/** Memory and disk of the VM against what is given out. Bytes. */
export interface Room {
  rules: RoomRules;
  occupants: readonly Occupant[];
  memory: { total: number; reserve: number; committed: number; available: number; free: number };
  disk: { total: number; reserve: number; used: number; free: number };
}

/**
 * What a workspace takes: with live runs the part of its limit that is promised, or what it uses when that is more; while it
 * starts 256 MiB; idle what it uses, at least 64 MiB.
 */
export function takes(occupant: Occupant, rules: RoomRules): number {
  const used = occupant.usedBytes ?? 0;
  if (occupant.liveRuns.length > 0) return Math.max(promised(occupant.limitBytes, rules), used);
  return Math.max(occupant.starting ? STARTING_BYTES : IDLE_BYTES, used);
}

/** The part of a memory limit that a live run counts. */
export function promised(limitBytes: number, rules: RoomRules): number {
  return Math.ceil(limitBytes / rules.memoryOvercommit);
}

/**
 * Counts everything once. What is free is the smaller of two: what is not given out, and what the kernel says is available; the
 * reserve is kept of both. So neither promises nor programs that Anyon does not know of can take more than there is.
 */
export function countRoom(machine: Machine, occupants: readonly Occupant[], rules: RoomRules): Room {
  const committed = occupants.reduce((sum, occupant) => sum + takes(occupant, rules), 0);
  const { total, available } = machine.memory;
  const reserve = rules.memoryReserveBytes;
  return {
    rules,
    occupants,
    memory: { total, reserve, committed, available, free: Math.max(0, Math.min(total - reserve - committed, available - reserve)) },
    disk: {
      total: machine.disk.total,
      reserve: rules.diskReserveBytes,
      used: machine.disk.total - machine.disk.available,
      free: Math.max(0, machine.disk.available - rules.diskReserveBytes),
    },
  };
}

/** The most that one workspace could ever be promised here, with everything else stopped. */
export function mostEver(room: Room): number {
  return Math.max(0, room.memory.total - room.memory.reserve);
}

/** How many more workspaces of this limit could work at once. */
export function fitsMore(room: Room, limitBytes: number): number {
  return room.disk.free > 0 ? Math.floor(room.memory.free / promised(limitBytes, room.rules)) : 0;
}
