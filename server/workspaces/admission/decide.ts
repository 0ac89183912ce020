import { whyItWaits, whyNever } from '@/server/workspaces/admission/reasons';
import { mostEver, promised, STARTING_BYTES, takes, type Asker, type Room } from '@/server/workspaces/admission/room';

export type Verdict =
  | { asker: Asker; outcome: 'admitted'; needsBytes: number }
  | { asker: Asker; outcome: 'waits'; needsBytes: number; position: number; reason: string }
  /** It would wait for ever. */
  | { asker: Asker; outcome: 'never'; needsBytes: number; reason: string };

/** For so long the small may pass the one that waits longest; then nobody does, so everybody's turn comes. */
const PASSING_MS = 5 * 60_000;

/**
 * Decides about everybody in the line, first come first served. Two rules keep it fair: whoever does not fit is passed only by
 * what is small (a start, a further run where one is on), and only for five minutes; and who is admitted here counts for
 * those behind. Nothing is written.
 */
export function decide(room: Room, line: readonly Asker[], now: Date): Verdict[] {
  const working = new Set(room.occupants.filter((occupant) => occupant.liveRuns.length > 0).map((occupant) => occupant.workspaceId));
  const waiting: { asker: Asker; needsBytes: number }[] = [];
  let free = room.memory.free;
  return [...line].sort(byAge).map((asker): Verdict => {
    const needsBytes = needs(asker, room, working);
    if (asker.kind === 'run' && promised(asker.limitBytes, room.rules) > mostEver(room)) {
      return { asker, outcome: 'never', needsBytes, reason: whyNever(asker, room) };
    }
    const first = waiting[0]?.asker;
    const mayPass = !first || (needsBytes <= STARTING_BYTES && now.getTime() - first.askedAt.getTime() < PASSING_MS);
    if (room.disk.free > 0 && needsBytes <= free && mayPass) {
      free -= needsBytes;
      if (asker.kind === 'run') working.add(asker.workspaceId);
      return { asker, outcome: 'admitted', needsBytes };
    }
    const ahead = [...waiting];
    waiting.push({ asker, needsBytes });
    return { asker, outcome: 'waits', needsBytes, position: waiting.length, reason: whyItWaits({ asker, needsBytes, ahead, free, room }) };
  });
}

function byAge(one: Asker, other: Asker): number {
  return one.askedAt.getTime() - other.askedAt.getTime() || (one.id < other.id ? -1 : 1);
}

/** What it would take beyond what its workspace takes already. */
function needs(asker: Asker, room: Room, working: ReadonlySet<string>): number {
  const occupant = room.occupants.find((one) => one.workspaceId === asker.workspaceId);
  if (asker.kind === 'task') return occupant ? 0 : STARTING_BYTES;
  if (working.has(asker.workspaceId)) return 0;
  return Math.max(0, promised(asker.limitBytes, room.rules) - (occupant ? takes(occupant, room.rules) : 0));
}
