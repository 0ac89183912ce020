import { describe, expect, it } from 'vitest';
import { decide, type Verdict } from '@/server/workspaces/admission/decide';
import { countRoom, fitsMore, type Asker, type Occupant, type RoomRules } from '@/server/workspaces/admission/room';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const rules: RoomRules = { memoryReserveBytes: 2 * GIB, memoryOvercommit: 2, diskReserveBytes: GIB };
const now = new Date('2026-11-21T12:00:00Z');

function machine(memoryGib: number, change: { available?: number; diskAvailable?: number } = {}) {
  return { memory: { total: memoryGib * GIB, available: (change.available ?? memoryGib) * GIB }, disk: { place: '/', total: 100 * GIB, available: change.diskAvailable ?? 50 * GIB } };
}

function occupant(name: string, change: Partial<Occupant> = {}): Occupant {
  return { workspaceId: name, workspaceName: name, ownerId: 'ada', limitBytes: 4 * GIB, usedBytes: null, starting: false, liveRuns: [], ...change };
}

/** Asked so many seconds ago. */
function asker(kind: Asker['kind'], workspace: string, secondsAgo: number, change: Partial<Asker> = {}): Asker {
  return { kind, id: `${kind} of ${workspace}`, workspaceId: workspace, workspaceName: workspace, ownerId: 'ada', limitBytes: 4 * GIB, askedAt: new Date(now.getTime() - secondsAgo * 1_000), ...change };
}

function inWords(verdicts: Verdict[]): string[] {
  return verdicts.map((verdict) => `${verdict.asker.id} ${verdict.outcome}${verdict.outcome === 'waits' ? ` as ${verdict.position}` : ''}`);
}

function reasonOf(verdict: Verdict | undefined): string | null {
  return verdict && verdict.outcome !== 'admitted' ? verdict.reason : null;
}

describe('what is counted', () => {
  it('is the promised part of the limit, or the use when that is more, for a workspace with live runs', () => {
    expect(countRoom(machine(24), [occupant('api', { liveRuns: [{ number: 1 }] })], rules).memory.committed).toBe(2 * GIB);
    expect(countRoom(machine(24), [occupant('api', { liveRuns: [{ number: 1 }, { number: 2 }], usedBytes: 3 * GIB })], rules).memory.committed).toBe(3 * GIB);
  });

  it('is the use of an idle one, at least 64 MiB, and 256 MiB while one starts', () => {
    expect(countRoom(machine(24), [occupant('a'), occupant('b', { usedBytes: 5 * MIB }), occupant('c', { usedBytes: 900 * MIB }), occupant('d', { starting: true })], rules).memory.committed).toBe((64 + 64 + 900 + 256) * MIB);
  });

  it('leaves room for 200 idle workspaces on 24 GB, and for four runs beside them', () => {
    const room = countRoom(machine(24, { available: 20 }), Array.from({ length: 200 }, (_, index) => occupant(`w${index}`, { usedBytes: 6 * MIB })), rules);
    expect(room.memory.free).toBeGreaterThan(9 * GIB);
    expect(fitsMore(room, 4 * GIB)).toBe(4);
  });

  it('promises no more than the kernel says is available, and nothing on a full disk', () => {
    expect(countRoom(machine(24, { available: 5 }), [], rules).memory.free).toBe(3 * GIB);
    expect(countRoom(machine(24, { available: 1 }), [], rules).memory.free).toBe(0);
    expect(fitsMore(countRoom(machine(24, { diskAvailable: GIB }), [], rules), GIB)).toBe(0);
  });
});

describe('who may begin', () => {
  it('is everybody while it fits, and each that was let in counts for the next', () => {
    const room = countRoom(machine(8), [occupant('api'), occupant('web'), occupant('doc'), occupant('old')], rules);
    const line = [asker('run', 'api', 30), asker('run', 'web', 20), asker('run', 'doc', 10), asker('run', 'old', 5)];
    expect(inWords(decide(room, line, now))).toEqual(['run of api admitted', 'run of web admitted', 'run of doc waits as 1', 'run of old waits as 2']);
  });

  it('is a further run of a workspace in which one is on: it takes nothing more', () => {
    const room = countRoom(machine(4), [occupant('api', { liveRuns: [{ number: 1 }] }), occupant('web')], rules);
    expect(inWords(decide(room, [asker('run', 'api', 1), asker('run', 'web', 2)], now))).toEqual(['run of web waits as 1', 'run of api admitted']);
  });

  it('is nobody that is large before one that asked earlier, though it would fit', () => {
    const room = countRoom(machine(6), [occupant('big', { limitBytes: 8 * GIB }), occupant('api')], rules);
    const line = [asker('run', 'big', 20, { limitBytes: 8 * GIB }), asker('run', 'api', 10)];
    const busy = countRoom(machine(6), [...room.occupants, occupant('x', { liveRuns: [{ number: 1 }], limitBytes: 2 * GIB })], rules);
    expect(inWords(decide(busy, line, now))).toEqual(['run of big waits as 1', 'run of api waits as 2']);
    expect(reasonOf(decide(busy, line, now)[1])).toMatch(/^Waits for memory: it needs 2\.0 GiB, 2\.\d GiB are free\. 1 run is ahead of it; it starts /);
  });

  it('is what is small for five minutes, and then not even that: nobody waits for ever', () => {
    const room = countRoom(machine(6), [occupant('big', { limitBytes: 8 * GIB }), occupant('x', { liveRuns: [{ number: 1 }], limitBytes: 2 * GIB })], rules);
    const line = (waited: number) => [asker('run', 'big', waited, { limitBytes: 8 * GIB }), asker('task', 'new', 1), asker('run', 'x', 0)];
    expect(inWords(decide(room, line(299), now))).toEqual(['run of big waits as 1', 'task of new admitted', 'run of x admitted']);
    expect(inWords(decide(room, line(301), now))).toEqual(['run of big waits as 1', 'task of new waits as 2', 'run of x waits as 3']);
  });

  it('is nobody on a disk that is nearly full', () => {
    const verdicts = decide(countRoom(machine(24, { diskAvailable: GIB / 2 }), [occupant('api')], rules), [asker('run', 'api', 2), asker('task', 'new', 1)], now);
    expect(inWords(verdicts)).toEqual(['run of api waits as 1', 'task of new waits as 2']);
    expect(reasonOf(verdicts[0])).toBe('Waits for disk space: 512 MiB are free and 1.0 GiB are kept free. It goes on when there is more; delete workspaces and files that nobody needs.');
  });
});

describe('the reason', () => {
  const busy = occupant('api', { liveRuns: [{ number: 4 }] });

  it('names the need, what is free and the run whose end is enough', () => {
    const room = countRoom(machine(5.2), [busy, occupant('web')], rules);
    expect(reasonOf(decide(room, [asker('run', 'web', 1)], now)[0])).toBe('Waits for memory: it needs 2.0 GiB, 1.1 GiB are free. It starts when run #4 of api ends.');
  });

  it('does not name what belongs to somebody else', () => {
    const room = countRoom(machine(5.2), [{ ...busy, ownerId: 'eve' }, occupant('web')], rules);
    expect(reasonOf(decide(room, [asker('run', 'web', 1)], now)[0])).toMatch(/It starts when run #4 of somebody else's workspace ends\.$/);
  });

  it('says that several have to end, or that something else takes the memory', () => {
    const small = { limitBytes: GIB, liveRuns: [{ number: 1 }] };
    const many = countRoom(machine(4.5), [occupant('a', small), occupant('b', small), occupant('c', small), occupant('web')], rules);
    expect(reasonOf(decide(many, [asker('run', 'web', 1)], now)[0])).toMatch(/It starts when enough of the runs that are on have ended, or workspaces are stopped\.$/);
    const foreign = countRoom(machine(24, { available: 3 }), [occupant('web')], rules);
    expect(reasonOf(decide(foreign, [asker('run', 'web', 1)], now)[0])).toMatch(/It starts when programs outside Anyon use less memory\.$/);
  });

  it('is final for a run that could never begin here', () => {
    const [verdict] = decide(countRoom(machine(8), [], rules), [asker('run', 'huge', 1, { limitBytes: 16 * GIB })], now);
    expect(verdict?.outcome).toBe('never');
    expect(reasonOf(verdict)).toBe('This run can never start here: the limit of its workspace, 16.0 GiB, counts as 8.0 GiB, and this machine can give at most 6.0 GiB. Give the workspace less memory, then start the run again.');
  });
});
