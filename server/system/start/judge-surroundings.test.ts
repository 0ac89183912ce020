import { describe, expect, it } from 'vitest';
import type { SystemCheck } from '@/contract/system-status';
import { judgeMachineClock } from '@/server/system/start/check-clock';
import { judgeContainerUser } from '@/server/system/start/check-container-user';
import { judgeGivenDatabase } from '@/server/system/start/check-given-database';
import { judgeInstallKey } from '@/server/system/start/check-install-key';
import { findGroup, saysAbsent } from '@/server/system/start/check-socket';
import { judgeNetworkEngine, judgeSocket } from '@/server/system/start/judge-socket';
import { problemsInWords } from '@/server/system/start/start-problems';
import { failed } from '@/server/system/check';

const socket = { path: '/run/docker.sock', file: { mode: 0o140660, group: 'docker' }, refusal: null, user: 'anna', isMember: true };
const day = 86_400_000;
const now = Date.parse('2026-11-21T08:00:00Z');
const answer = { version: 170_004, now, may: true };

describe('E2 the start judges', () => {
  it.each<[string, SystemCheck | undefined, SystemCheck['severity'], RegExp]>([
    ['a socket for its group', judgeSocket(socket), 'ok', /anna may use it/],
    ['a socket for everybody', judgeSocket({ ...socket, file: { mode: 0o140666, group: 'docker' } }), 'failed', /become root/],
    ['no socket', judgeSocket({ ...socket, file: null, refusal: 'ENOENT' }), 'failed', /^There is no Docker socket/],
    ['an engine that is down', judgeSocket({ ...socket, refusal: 'ECONNREFUSED' }), 'failed', /^Nobody answers at the Docker socket/],
    ['who is not in the group', judgeSocket({ ...socket, refusal: 'EACCES', isMember: false }), 'failed', /anna is not in the group docker/],
    ['who is in the group since a moment', judgeSocket({ ...socket, refusal: 'EACCES' }), 'failed', /session began before that/],
    ['a socket of the group root', judgeSocket({ ...socket, refusal: 'EACCES', file: { mode: 0o140660, group: 'root' } }), 'failed', /belongs to the group root/],
    ['a socket of a group without a name', judgeSocket({ ...socket, refusal: 'EPERM', file: { mode: 0o140660, group: null } }), 'failed', /no group that this machine knows/],
    ['an engine over the network', judgeNetworkEngine('tcp://10.0.0.1:2375', null), 'warning', /without encryption/],
    ['an engine over the network that is away', judgeNetworkEngine('tcp://10.0.0.1:2375', 'EHOSTUNREACH'), 'failed', /EHOSTUNREACH/],
    ['files for somebody else, as root', judgeContainerUser(0, 1000), 'ok', /belong to user 1000/],
    ['files for itself', judgeContainerUser(1000, 1000), 'ok', /user 1000/],
    ['files for somebody else, not as root', judgeContainerUser(998, 1000), 'failed', /only root can give them away/],
    ['a clock of before the build', judgeMachineClock({ now: now - 2 * day, built: now, synchronized: 'yes' }), 'failed', /^It says 2026-11-19 08:00 UTC/],
    ['a clock left to itself', judgeMachineClock({ now, built: now - day, synchronized: 'no' }), 'warning', /does not take its time/],
    ['a clock of which nothing is known', judgeMachineClock({ now, built: now - day, synchronized: null }), 'ok', /08:00/],
    ['a key for this user alone', judgeInstallKey({ given: false, file: '/k', mode: 0o600 }), 'ok', /for this user alone/],
    ['a key that is yet to be made', judgeInstallKey({ given: false, file: '/k', mode: null }), 'ok', /first start/],
    ['a key that others can read', judgeInstallKey({ given: false, file: '/k', mode: 0o640 }), 'warning', /mode 640/],
    ['an old one that others can read', judgeInstallKey({ given: true, file: '/k', mode: 0o604 }), 'warning', /mode 604/],
    ['a key of the environment', judgeInstallKey({ given: true, file: '/k', mode: null }), 'ok', /ANYON_SECRET_KEY/],
    ['a database', judgeGivenDatabase(answer, now)[0], 'ok', /Postgres 17/],
    ['a database of before', judgeGivenDatabase({ ...answer, version: 140_011 }, now)[0], 'failed', /Postgres 14/],
    ['a database in which it may do nothing', judgeGivenDatabase({ ...answer, may: false }, now)[0], 'failed', /may not make schemas/],
    ['a database of another time', judgeGivenDatabase({ ...answer, now: now - 60_000 }, now)[0], 'warning', /off by 60 s/],
  ])('%s', (_name, check, severity, detail) => {
    expect(check?.severity).toBe(severity);
    expect(check?.detail).toMatch(detail);
    expect(check?.fix === null).toBe(severity === 'ok');
  });

  it('as absent only an engine that may be started yet', () => {
    const detail = (refusal: string, isMember = true) => judgeSocket({ ...socket, refusal, isMember, file: refusal === 'ENOENT' ? null : socket.file }).detail;
    expect([saysAbsent(detail('ENOENT')), saysAbsent(detail('ECONNREFUSED')), saysAbsent(detail('EACCES')), saysAbsent(judgeSocket({ ...socket, file: { mode: 0o140666, group: null } }).detail)]).toEqual([true, true, false, false]);
  });

  it('who is in a group by what the machine says', () => {
    const text = 'root:x:0:\ndocker:x:999:anna,ben\nempty:x:5:\n';
    expect(findGroup(text, 999)).toEqual({ name: 'docker', members: ['anna', 'ben'] });
    expect(findGroup(text, 0)).toEqual({ name: 'root', members: [] });
    expect(findGroup(text, 7)).toBeNull();
    expect(findGroup('', 0)).toBeNull();
  });

  it('and says each with its fix below', () => {
    expect(problemsInWords([failed('A', 'One is wrong.', 'Do this.'), failed('B', 'Two is wrong.', 'Do that.')])).toBe('2 things are in the way of Anyon:\n✗ One is wrong.\n  → Do this.\n✗ Two is wrong.\n  → Do that.');
    expect(problemsInWords([failed('A', 'One is wrong.', 'Do this.')])).toMatch(/^One thing is in the way of Anyon:\n/);
  });
});
