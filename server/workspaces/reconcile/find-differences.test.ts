import { describe, expect, it } from 'vitest';
import { workspaceStatuses } from '@/contract/workspace';
import { maskTokens, plainWords } from '@/server/secrets/masked-text';
import { findDifferences } from '@/server/workspaces/reconcile/find-differences';
import type { Finding } from '@/server/workspaces/reconcile/finding';
import type { KnownRows, OpenTask } from '@/server/workspaces/reconcile/known-rows';
import type { Machine, SeenContainer, SeenDirectories } from '@/server/workspaces/reconcile/machine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { at, brief, container, directory, id, labelsOf, longAgo, machine, nameOf, network, networkOf, nothing, rows, workspace } from '@/tests/setup/reconciler-world';

/** One workspace with its container and network as given. */
function one(row: Partial<WorkspaceRow>, seen: SeenContainer[], options: { networks?: Machine['networks']; openTask?: OpenTask } = {}): Finding[] {
  return findDifferences(machine({ containers: seen, networks: options.networks ?? [network(1)] }), rows([workspace(1, row, options.openTask ?? null)]));
}

describe('a workspace that runs', () => {
  it('and whose container runs, is left alone', () => {
    expect(one({}, [container(1)])).toEqual([]);
  });

  it.each([
    ['exited', { exitCode: 137, signal: 'SIGKILL' }, 'Its container ended (exit code 137, killed from outside).', 'other'],
    ['exited', { exitCode: 143, signal: 'SIGTERM' }, 'Its container ended (exit code 143, stopped from outside).', 'other'],
    ['exited', { exitCode: 0 }, 'Its container ended (exit code 0).', 'other'],
    ['exited', { exitCode: 137, signal: 'SIGKILL', oomKilled: true }, 'Its container ran out of memory (its limit is 4.0 GiB) and was ended. Give it more memory.', 'memory'],
    ['exited', { exitCode: 128, error: 'no space left on device' }, 'Its container ended because the disk is full (no space left on device).', 'storage'],
    ['exited', { exitCode: 128, error: 'network x not found' }, 'Its container could not join its network (network x not found).', 'network'],
    ['paused', null, 'Its container was paused outside Anyon; everything in it stands still.', 'other'],
    ['dead', null, 'Its container is dead: Docker could not remove all of it.', 'engine'],
    ['created', null, 'Its container was made but is not started.', 'other'],
  ] as const)('REL-11 and whose container is %s (%o), is recovered with the reason', (status, exit, sentence, errorClass) => {
    const ended = container(1, { status, exit: exit && { signal: null, oomKilled: false, error: null, finishedAt: null, ...exit } });
    expect(one({}, [ended])).toMatchObject([{ action: 'repair', effect: { do: 'recover', trouble: { sentence, class: errorClass } } }]);
    expect(one({ status: 'unknown' }, [ended])).toMatchObject([{ effect: { do: 'recover' } }]);
  });

  it('REL-11 and whose container is gone, gets a new one', () => {
    expect(one({}, [])).toMatchObject([{ action: 'repair', effect: { do: 'recover', container: { id: null }, trouble: { sentence: 'Its container was removed outside Anyon; the files are kept.' } } }]);
  });

  it('REL-11 and whose container was renamed, gives it its name back, unless somebody else has taken it', () => {
    const renamed = container(1, { name: 'somebodys-idea' });
    expect(one({}, [renamed])).toMatchObject([{ action: 'repair', effect: { do: 'rename-container', name: nameOf(1) } }]);
    const stranger = container(1, { id: 'x', labels: {} });
    expect(brief(one({}, [renamed, stranger]))).toEqual(['leave container', 'leave container']);
  });

  it('REL-11 and whose container was taken off its network, puts it back; without the network both are made anew', () => {
    const off = container(1, { attachedNetworks: [] });
    expect(one({}, [off])).toMatchObject([{ object: 'network', action: 'repair', effect: { do: 'connect-network', network: networkOf(1) } }]);
    expect(one({}, [off], { networks: [] })).toMatchObject([{ object: 'network', effect: { do: 'recover', trouble: { class: 'network' } } }]);
    expect(brief(one({}, [off], { networks: [{ ...network(1), labels: {} }] }))).toEqual(['repair network: recover', 'leave network']);
  });

  it('and whose container is on a network that Anyon did not make, says so and touches nothing', () => {
    expect(brief(one({}, [container(1, { attachedNetworks: [networkOf(1), 'bridge'] })]))).toEqual(['leave network']);
  });

  it('REL-11 and whose image was removed, goes on and says what the next start needs', () => {
    const findings = findDifferences(machine({ containers: [container(1)], networks: [network(1)], absentImages: new Set(['image']) }), rows([workspace(1)]));
    expect(findings).toMatchObject([{ action: 'adopt', effect: { do: 'note', reason: 'The image image was removed from this machine. The container goes on without it, the next start needs it.' } }]);
  });

  it('REL-11 and whose files were removed, says so and is not started over nothing', () => {
    const findings = findDifferences(machine({ containers: [container(1)], networks: [network(1)], lostFiles: new Set([id(1)]) }), rows([workspace(1)]));
    expect(findings).toMatchObject([{ action: 'repair', effect: { do: 'recover', trouble: { helpless: true, sentence: expect.stringMatching(/^Its files are not on the disk any more/) as string } } }]);
    expect(findDifferences(machine({ containers: [container(1)], networks: [network(1)], lostFiles: new Set([id(1)]) }), rows([workspace(1, { clonedAt: null })]))).toEqual([]);
  });

  it('and cannot be asked about, runs again when its container does', () => {
    expect(one({ status: 'unknown', statusReason: plainWords('Docker does not answer') }, [container(1)])).toMatchObject([{ effect: { do: 'move', to: 'running', reason: null } }]);
  });
});

describe('a workspace that does not run', () => {
  it('is not started again by itself when it was stopped', () => {
    const stopped = { status: 'stopped', desired: 'stopped', containerStatus: 'exited' } as const;
    expect(one(stopped, [container(1, { status: 'exited' })])).toEqual([]);
    expect(one({ ...stopped, containerId: null, containerStatus: null }, [])).toEqual([]);
    expect(one({ ...stopped, desired: 'running' }, [container(1, { status: 'exited' })])).toEqual([]);
  });

  it('and whose container was started outside, says that it runs, and that nobody asked for it', () => {
    const findings = one({ status: 'stopped', desired: 'stopped', containerStatus: 'exited' }, [container(1)]);
    expect(findings).toMatchObject([{ action: 'adopt', effect: { do: 'move', to: 'running', reason: expect.stringContaining('started outside Anyon') as string } }]);
  });

  it('and is unhealthy, is left to recovery', () => {
    for (const seen of [[], [container(1)], [container(1, { status: 'exited' })]]) expect(one({ status: 'unhealthy', recoveryNextAt: at }, seen)).toEqual([]);
  });

  it('and whose start failed for a reason that may pass, is tried again; for one that stays, not', () => {
    const failed = { status: 'unhealthy', lastError: plainWords('It failed.'), containerId: null } as const;
    for (const lastErrorClass of ['engine', 'network', 'storage', 'memory'] as const) expect(brief(one({ ...failed, lastErrorClass }, []))).toEqual(['repair workspace: recover']);
    for (const lastErrorClass of ['other', 'authentication', null] as const) expect(one({ ...failed, lastErrorClass }, [])).toEqual([]);
    expect(brief(one({ ...failed, lastErrorClass: 'other', recoveryAttempts: 1 }, []))).toEqual(['repair workspace: recover']);
    expect(one({ ...failed, lastErrorClass: 'network', desired: 'stopped' }, [])).toEqual([]);
  });

  it('and whose tries are used up, is told so once', () => {
    const usedUp = { status: 'unhealthy', lastError: plainWords('It failed.'), lastErrorClass: 'network', recoveryAttempts: 3, recoveryFallback: 'ignore' } as const;
    const [finding] = one(usedUp, []);
    expect(finding?.reason).toBe('It failed. Anyon tried 3 times to bring it back and leaves it as it is. Start it when the cause is gone.');
    expect(one({ ...usedUp, statusReason: maskTokens(finding?.reason ?? null) }, [])).toEqual([]);
  });

  it('and is archived, needs no container', () => {
    expect(brief(one({ status: 'archived', desired: 'stopped', containerId: null }, [container(1)]))).toEqual(['remove container: remove-container']);
  });
});

describe('containers of one workspace', () => {
  it('are told apart: the one that the row names stays, copies go', () => {
    const findings = one({}, [container(1), container(1, { id: 'copy', name: 'copy' })]);
    expect(findings).toMatchObject([{ action: 'remove', name: 'copy', effect: { do: 'remove-container', containerId: 'copy' } }]);
  });

  it('REL-12 are adopted when the row’s is gone and one fits by labels and specification', () => {
    const other = container(1, { id: 'other' });
    expect(one({}, [other])).toMatchObject([{ action: 'adopt', effect: { do: 'note', container: { id: 'other' } } }]);
    expect(brief(one({}, [{ ...other, labels: { ...labelsOf(1), 'anyon.spec': 'another' } }]))).toEqual(['repair container: recover', 'remove container: remove-container']);
    expect(brief(one({}, [{ ...other, labels: labelsOf(1, 'another') }]))).toEqual(['repair container: recover', 'leave container']);
  });
});

describe('work that nobody does', () => {
  const task = (change: Partial<OpenTask>): OpenTask => ({ id: id(9), kind: 'start', status: 'queued', since: longAgo, hasJob: false, ...change });

  it('is finished', () => {
    expect(one({ status: 'deleting' }, [container(1)])).toMatchObject([{ action: 'finish', effect: { do: 'request-task', kind: 'delete' } }]);
    expect(one({ status: 'creating' }, [])).toMatchObject([{ action: 'finish', effect: { do: 'request-task', kind: 'start' } }]);
    expect(one({ status: 'creating', clonedAt: null }, [])).toMatchObject([{ effect: { do: 'request-task', kind: 'create' } }]);
    expect(brief(one({ status: 'creating' }, [], { openTask: task({}) }))).toEqual(['finish workspace: enqueue-task']);
  });

  it('is left to who does it: a task under way has the workspace in its hands, whatever its container does', () => {
    for (const openTask of [task({ hasJob: true }), task({ status: 'running' }), task({ since: at })]) {
      for (const status of workspaceStatuses) {
        for (const seen of [[], [container(1, { status: 'exited' })], [container(1), container(1, { id: 'copy', name: 'copy' })]]) expect(one({ status }, seen, { openTask })).toEqual([]);
      }
    }
  });
});

describe('what is left of workspaces that are gone', () => {
  const left = { containers: [container(1)], networks: [network(1)] };

  it('is removed when this database deleted them', () => {
    expect(brief(findDifferences(machine(left), rows([], { past: new Map([[id(1), 'delete']]) })))).toEqual(['remove container: remove-container', 'remove network: remove-network']);
  });

  it('ISO-12 is only shown when it never had them, and when their row was written meanwhile not even that', () => {
    expect(brief(findDifferences(machine(left), rows([])))).toEqual(['leave container', 'leave network']);
    expect(findDifferences(machine(left), rows([], { newcomers: new Set([id(1)]) }))).toEqual([]);
  });

  it('ISO-12 is nobody’s business when it is another instance’s or only looks like ours', () => {
    const foreign = [container(1, { labels: labelsOf(1, 'another') }), container(1, { labels: {} }), container(1, { labels: { 'anyon.workspace': id(1) } })];
    const findings = findDifferences(machine({ containers: foreign, networks: [{ id: 'n', name: networkOf(1), labels: {} }] }), rows([], { past: new Map([[id(1), 'delete']]) }));
    expect(new Set(brief(findings))).toEqual(new Set(['leave container', 'leave network']));
  });
});

describe('directories', () => {
  const look = (directories: Partial<SeenDirectories>, known: KnownRows, seen: Partial<Machine> = {}) => findDifferences(machine({ ...seen, directories: { ...nothing, ...directories } }), known);

  it('of a deleted workspace are removed; of one that nobody deleted they are shown', () => {
    const workspaces = [directory(id(1))];
    expect(brief(look({ workspaces }, rows([], { past: new Map([[id(1), 'delete']]) })))).toEqual(['remove workspace-directory: remove-directory']);
    expect(brief(look({ workspaces }, rows([])))).toEqual(['leave workspace-directory']);
    expect(brief(look({ workspaces }, rows([], { past: new Map([[id(1), 'start']]) })))).toEqual(['leave workspace-directory']);
    expect(look({ workspaces }, rows([workspace(1, { status: 'stopped', desired: 'stopped', containerId: null })]))).toEqual([]);
    expect(brief(look({ workspaces: [directory('my-notes')] }, rows([])))).toEqual(['leave workspace-directory']);
  });

  it('are not removed by a database to which they do not belong', () => {
    const strange = rows([], { past: new Map([[id(1), 'delete']]), ownsDirectory: false });
    expect(new Set(brief(look({ workspaces: [directory(id(1))], runs: [directory(id(2))] }, strange)))).toEqual(new Set(['leave workspace-directory', 'leave run-directory']));
  });

  it('that changed a moment ago are nobody’s orphans yet', () => {
    const young = { name: id(1), path: `/data/${id(1)}`, changedAt: new Date(at.getTime() - 60_000) };
    const everywhere = { workspaces: [young], runs: [young], secrets: [{ ...young, workspaceId: id(2) }], exchanges: [{ ...young, workspaceId: id(2) }], worktrees: [{ ...young, workspaceId: id(2) }] };
    expect(look(everywhere, rows([workspace(2, { status: 'stopped', desired: 'stopped', containerId: null })], { past: new Map([[id(1), 'delete']]) }))).toEqual([]);
  });

  it('of runs that are over or gone are removed, of live runs never', () => {
    const seen = { containers: [container(2)], networks: [network(2)] };
    const places = { runs: [directory(id(5))], exchanges: [5, 6, 7].map((run) => ({ ...directory(id(run)), workspaceId: id(2) })), secrets: [directory(id(6)), directory(`${id(6)}-2`), directory(id(7)), directory(`${id(7)}-2`), directory(id(8)), { ...directory(id(9)), workspaceId: id(3) }].map((one) => ({ workspaceId: id(2), ...one })) };
    const known = rows([workspace(2)], { runs: new Map([[id(6), { workspaceId: id(2), live: true }], [id(7), { workspaceId: id(2), live: false }]]) });
    const findings = look(places, known, seen);
    expect(findings.map(({ object, name }) => `${object} ${name.slice(-1)}`)).toEqual(['run-directory 5', 'exchange-directory 5', 'exchange-directory 7', 'secret-directory 7', 'secret-directory 2', 'secret-directory 8']);
    expect(findings[1]?.effect).toMatchObject({ owner: { kind: 'command', containerId: 'c2' } });
  });

  it('with the working tree of a run that is gone, are looked into by git, where the workspace runs', () => {
    const worktrees = [{ ...directory(id(5)), workspaceId: id(2) }, { ...directory(id(6)), workspaceId: id(2) }];
    const runs = new Map([[id(6), { workspaceId: id(2), live: false }]]);
    expect(brief(look({ worktrees }, rows([workspace(2)], { runs }), { containers: [container(2)], networks: [network(2)] }))).toEqual(['remove worktree: remove-worktree']);
    expect(brief(look({ worktrees }, rows([workspace(2, { status: 'stopped', desired: 'stopped', containerId: null })], { runs })))).toEqual(['leave worktree']);
  });
});

describe('what protects workspaces', () => {
  const protection = { firewallProblem: null, maySetFirewall: true, withoutQuota: new Set<string>() };

  it('is put in force again where Anyon may, and shown where it may not', () => {
    const look = (change: Partial<typeof protection>) => brief(findDifferences(machine({ protection: { ...protection, ...change } as typeof protection }), rows([])));
    expect(look({})).toEqual([]);
    expect(look({ firewallProblem: 'The rules are not in force.' } as object)).toEqual(['repair firewall: set-firewall']);
    expect(look({ firewallProblem: 'It is switched off.', maySetFirewall: false } as object)).toEqual(['leave firewall']);
  });

  it('holds a workspace to its disk limit', () => {
    const seen = machine({ containers: [container(1), container(2)], networks: [network(1), network(2)], protection: { ...protection, withoutQuota: new Set([id(1), id(2)]) } });
    expect(brief(findDifferences(seen, rows([workspace(1, { diskBytes: 2 ** 30 }), workspace(2, { diskBytes: null })])))).toEqual(['repair quota: apply-quota']);
  });

  it('includes kept work, which goes when its time is over', () => {
    const over = [{ id: id(70), workspaceId: id(7), name: 'gone', bytes: 5 }];
    expect(findDifferences(machine(), rows([], { workThatIsOver: over }))).toMatchObject([{ object: 'checkpoint-bundle', action: 'remove', freesBytes: 5, effect: { do: 'discard-work', id: id(70) } }]);
  });
});
