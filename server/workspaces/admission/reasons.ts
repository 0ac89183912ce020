import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { IDLE_BYTES, mostEver, promised, takes, type Asker, type Occupant, type Room } from '@/server/workspaces/admission/room';

interface Wait {
  asker: Asker;
  needsBytes: number;
  /** Those that wait before it. */
  ahead: readonly { asker: Asker; needsBytes: number }[];
  /** Bytes that are left after everybody who was admitted before it. */
  free: number;
  room: Room;
}

/** Why it waits, who is before it and what it waits for, in sentences. */
export function whyItWaits({ asker, needsBytes, ahead, free, room }: Wait): string {
  if (room.disk.free === 0) {
    const { total, used, reserve } = room.disk;
    return `Waits for disk space: ${bytesInWords(total - used)} are free and ${bytesInWords(reserve)} are kept free. It goes on when there is more; delete workspaces and files that nobody needs.`;
  }
  const needed = needsBytes > 0 ? `it needs ${bytesInWords(needsBytes, 'up')}, ${bytesInWords(free)} are free` : 'it needs none of its own, but others asked first';
  const wanted = ahead.reduce((sum, one) => sum + one.needsBytes, needsBytes);
  const order = ahead.length > 0 ? `${headcount(ahead.map((one) => one.asker))} ahead of it; it` : 'It';
  return `Waits for memory: ${needed}. ${order} starts ${whenRoomComes(asker, { wanted, free }, room)}.`;
}

/** Why no waiting would help. */
export function whyNever(asker: Asker, room: Room): string {
  const [limit, counts] = [bytesInWords(asker.limitBytes), bytesInWords(promised(asker.limitBytes, room.rules), 'up')];
  return `This run can never start here: the limit of its workspace, ${limit}, counts as ${counts}, and this machine can give at most ${bytesInWords(mostEver(room))}. Give the workspace less memory, then start the run again.`;
}

function headcount(askers: readonly Asker[]): string {
  const runs = askers.filter((asker) => asker.kind === 'run').length;
  const starts = askers.length - runs;
  const parts = [...(runs > 0 ? [count(runs, 'run')] : []), ...(starts > 0 ? [count(starts, 'starting workspace')] : [])];
  return `${parts.join(' and ')} ${askers.length === 1 ? 'is' : 'are'}`;
}

/** Names the one workspace whose runs have to end, where one is enough. Somebody else's name is not told. */
function whenRoomComes(asker: Asker, { wanted, free }: { wanted: number; free: number }, room: Room): string {
  const { total, reserve, committed } = room.memory;
  if (wanted <= free) return 'after that';
  const notGivenOut = total - reserve - committed - (room.memory.free - free);
  if (notGivenOut >= wanted) return 'when programs outside Anyon use less memory';
  const working = room.occupants.filter((occupant) => occupant.liveRuns.length > 0 && occupant.workspaceId !== asker.workspaceId);
  const enough = working.find((occupant) => takes(occupant, room.rules) - IDLE_BYTES >= wanted - free);
  if (!enough) return working.length > 0 ? 'when enough of the runs that are on have ended, or workspaces are stopped' : 'when workspaces are stopped';
  return `when ${runsOf(enough, enough.ownerId === asker.ownerId ? enough.workspaceName : "somebody else's workspace")}`;
}

function runsOf({ liveRuns }: Occupant, name: string): string {
  return liveRuns.length === 1 ? `run #${liveRuns[0]?.number} of ${name} ends` : `the ${liveRuns.length} runs of ${name} have ended`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
