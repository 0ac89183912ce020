import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workspaceStatuses, type WorkspaceStatus } from '@/contract/workspace';
import { containerStatuses, type ContainerStatus } from '@/server/containers/engine';
import { maskTokens, plainWords } from '@/server/secrets/masked-text';
import { findDifferences } from '@/server/workspaces/reconcile/find-differences';
import type { Effect, Finding } from '@/server/workspaces/reconcile/finding';
import type { KnownRows, OpenTask } from '@/server/workspaces/reconcile/known-rows';
import type { Machine } from '@/server/workspaces/reconcile/machine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { at, container, id, INSTANCE, labelsOf, machine, nameOf, network, networkOf, rows, SPEC, workspace } from '@/tests/setup/reconciler-world';

/** Any state of a small world: workspaces 1 to 3 known or past, 4 never known, with any containers and networks. */
const world = fc.record({
  rows: fc.array(
    fc.record({ status: fc.constantFrom(...workspaceStatuses), desired: fc.constantFrom('running', 'stopped'), named: fc.constantFrom('a', 'b', null), busy: fc.boolean(), attempts: fc.nat(3), error: fc.constantFrom(null, 'network', 'other') }),
    { minLength: 2, maxLength: 2 },
  ),
  containers: fc.array(
    fc.record({ of: fc.integer({ min: 1, max: 4 }), id: fc.constantFrom('a', 'b', 'c'), instance: fc.constantFrom(INSTANCE, 'another', null), status: fc.constantFrom(...containerStatuses), on: fc.boolean(), fits: fc.boolean(), renamed: fc.boolean() }),
    { maxLength: 6 },
  ),
  networks: fc.array(fc.record({ of: fc.integer({ min: 1, max: 4 }), ours: fc.boolean() }), { maxLength: 4 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function build(from: World): { seen: Machine; known: KnownRows } {
  const known = from.rows.map((row, index) =>
    workspace(
      index + 1,
      { status: row.status as WorkspaceStatus, desired: row.desired as 'running', containerId: row.named && `${index + 1}${row.named}`, recoveryAttempts: row.attempts, lastErrorClass: row.error as 'other', lastError: row.error && plainWords('It failed.') },
      row.busy ? { id: id(90 + index), kind: 'start', status: 'running', since: at, hasJob: true } : null,
    ),
  );
  const containers = from.containers.map((one, index) =>
    container(one.of, {
      id: `${one.of}${one.id}`,
      name: one.renamed ? `renamed-${index}` : nameOf(one.of),
      labels: one.instance === null ? {} : { ...labelsOf(one.of, one.instance), 'anyon.spec': one.fits ? SPEC : 'another' },
      status: one.status as ContainerStatus,
      attachedNetworks: one.on ? [networkOf(one.of)] : [],
    }),
  );
  const byId = [...new Map(containers.map((one) => [one.id, one])).values()];
  const networks = [...new Map(from.networks.map(({ of, ours }) => [of, { ...network(of), labels: ours ? labelsOf(of) : {} }])).values()];
  return { seen: machine({ containers: byId, networks }), known: rows(known, { past: new Map([[id(3), 'delete']]) }) };
}

/** What carrying out the effects would leave behind; a task that is asked for takes the workspace into its hands. */
function carryOut({ seen, known }: { seen: Machine; known: KnownRows }, findings: Finding[]): { seen: Machine; known: KnownRows } {
  let { containers, networks } = seen;
  const workspaces = new Map(known.workspaces);
  const change = (effect: Extract<Effect, { row: WorkspaceRow }>, set: Partial<WorkspaceRow>, openTask?: OpenTask) => {
    const before = workspaces.get(effect.row.id);
    if (before) workspaces.set(effect.row.id, { ...before, row: { ...before.row, ...set }, openTask: openTask ?? before.openTask });
  };
  for (const { effect } of findings) {
    if (effect?.do === 'remove-container') containers = containers.filter((one) => one.id !== effect.containerId);
    if (effect?.do === 'remove-network') networks = networks.filter((one) => one.id !== effect.networkId);
    if (effect?.do === 'rename-container') containers = containers.map((one) => (one.id === effect.containerId ? { ...one, name: effect.name } : one));
    if (effect?.do === 'connect-network') containers = containers.map((one) => (one.id === effect.container.id ? { ...one, attachedNetworks: [...one.attachedNetworks, effect.network] } : one));
    if (effect?.do === 'move') change(effect, { status: effect.to, statusReason: maskTokens(effect.reason), containerId: effect.container?.id ?? null, containerStatus: effect.container?.status ?? null });
    if (effect?.do === 'note') change(effect, { statusReason: maskTokens(effect.reason), containerId: effect.container.id, containerStatus: effect.container.status });
    if (effect?.do === 'recover') change(effect, { status: 'unhealthy', recoveryNextAt: at });
    if (effect?.do === 'request-task') change(effect, {}, { id: id(99), kind: effect.kind, status: 'queued', since: at, hasJob: true });
  }
  return { seen: { ...seen, containers, networks }, known: { ...known, workspaces } };
}

describe('in every state of the world', () => {
  it('each difference is ended by what is done about it: after two comparisons there is nothing left to do', () => {
    fc.assert(
      fc.property(world, (from) => {
        let now = build(from);
        // Two: a copy in the way of a name goes first; what was started outside is adopted first, and only then meant to run.
        for (let round = 0; round < 2; round += 1) now = carryOut(now, findDifferences(now.seen, now.known));
        expect(findDifferences(now.seen, now.known).filter(({ effect }) => effect !== null)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('ISO-12 nothing is removed or changed but what carries our label and belongs to a workspace that this database knows', () => {
    fc.assert(
      fc.property(world, (from) => {
        const { seen, known } = build(from);
        for (const { effect } of findDifferences(seen, known)) {
          const containerId = effect && 'containerId' in effect ? effect.containerId : effect?.do === 'connect-network' ? effect.container.id : null;
          const touched = seen.containers.find((one) => one.id === containerId) ?? (effect?.do === 'remove-network' ? seen.networks.find((one) => one.id === effect.networkId) : undefined);
          if (!touched) continue;
          expect(touched.labels['anyon.instance']).toBe(INSTANCE);
          const workspaceId = touched.labels['anyon.workspace'] ?? '';
          expect(known.workspaces.has(workspaceId) || known.past.has(workspaceId)).toBe(true);
          expect(known.workspaces.get(workspaceId)?.openTask ?? null).toBeNull();
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('REL-11 a workspace that is said to run, and is not in the hands of a task, has a running container of its own or is about to say why not', () => {
    fc.assert(
      fc.property(world, (from) => {
        const before = build(from);
        const { seen, known } = carryOut(before, findDifferences(before.seen, before.known));
        for (const { row, openTask } of known.workspaces.values()) {
          if (row.status !== 'running' || openTask) continue;
          const own = seen.containers.find((one) => one.id === row.containerId);
          expect(own).toMatchObject({ status: 'running', labels: { 'anyon.instance': INSTANCE, 'anyon.workspace': row.id } });
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
