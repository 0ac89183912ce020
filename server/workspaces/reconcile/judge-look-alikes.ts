import { finding, type Finding } from '@/server/workspaces/reconcile/finding';
import { hasRow, type KnownRows } from '@/server/workspaces/reconcile/known-rows';
import { workspaceOf, type Machine } from '@/server/workspaces/reconcile/machine';

/** True for an object that has a name like ours and does not carry our labels: somebody else's, never touched. */
export function isLookAlike(object: { name: string; labels: Readonly<Record<string, string>> }, instance: string): boolean {
  const named = object.name.startsWith(`${instance}-workspace-`) || object.name.startsWith(`${instance}-network-`);
  return named && object.labels['anyon.instance'] !== instance;
}

/** What somebody else made with a name like ours: shown, so that nobody wonders, and left alone whatever it is. */
export function judgeLookAlikes(rows: KnownRows, machine: Machine): Finding[] {
  const objects = [
    ...machine.containers.map((container) => ({ object: 'container' as const, ...pick(container) })),
    ...machine.networks.map((network) => ({ object: 'network' as const, ...pick(network) })),
  ];
  return objects
    .filter((candidate) => isLookAlike(candidate, rows.instance))
    .map(({ object, name }) =>
      finding({ object, name, workspaceId: null, action: 'leave', reason: `It has a name like Anyon's but not the label anyon.instance=${rows.instance}: somebody else made it. It is never touched.`, effect: null }),
    );
}

/** Containers and networks that are left of workspaces without a row. */
export function judgeLeftObjects(rows: KnownRows, machine: Machine): Finding[] {
  const found: Finding[] = [];
  for (const { id, name, labels } of machine.containers) {
    const workspaceId = workspaceOf(labels, rows.instance);
    if (workspaceId === null || hasRow(rows, workspaceId)) continue;
    const effect = { do: 'remove-container' as const, containerId: id, workspaceId, row: null };
    found.push(left('container', name, workspaceId, rows, effect));
  }
  for (const { id, name, labels } of machine.networks) {
    const workspaceId = workspaceOf(labels, rows.instance);
    if (workspaceId === null || hasRow(rows, workspaceId)) continue;
    found.push(left('network', name, workspaceId, rows, { do: 'remove-network', networkId: id, workspaceId }));
  }
  return found;
}

function left(object: 'container' | 'network', name: string, workspaceId: string, rows: KnownRows, effect: Finding['effect']): Finding {
  if (rows.past.has(workspaceId)) {
    return finding({ object, name, workspaceId, action: 'remove', reason: `Its workspace was deleted; the ${object} was left behind. It is removed.`, effect });
  }
  const reason = `It carries this instance's labels, but this database never had its workspace: it belongs to another install with ANYON_INSTANCE=${rows.instance}, or to a database that is gone. Remove it by hand if nobody needs it.`;
  return finding({ object, name, workspaceId, action: 'leave', reason, effect: null });
}

function pick({ name, labels }: { name: string; labels: Readonly<Record<string, string>> }): { name: string; labels: Readonly<Record<string, string>> } {
  return { name, labels };
}
