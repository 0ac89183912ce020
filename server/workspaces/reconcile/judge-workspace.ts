import { containerTrouble, goneTrouble, lostFilesTrouble, networkGoneTrouble } from '@/server/workspaces/reconcile/container-trouble';
import { finding, type ContainerFacts, type Finding, type Trouble } from '@/server/workspaces/reconcile/finding';
import { isLookAlike } from '@/server/workspaces/reconcile/judge-look-alikes';
import type { KnownRows, KnownWorkspace } from '@/server/workspaces/reconcile/known-rows';
import { workspaceOf, type Machine, type SeenContainer } from '@/server/workspaces/reconcile/machine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/**
 * One workspace's row against its container and network. A workspace that a task has in its hands is left to the task, and
 * one that is `creating` or `deleting` without a task is another judge's: here it is about those that stand still.
 */
export function judgeWorkspace(known: KnownWorkspace, rows: KnownRows, machine: Machine): Finding[] {
  const { row } = known;
  if (known.openTask || row.status === 'creating' || row.status === 'deleting') return [];
  const mine = machine.containers.filter((container) => workspaceOf(container.labels, rows.instance) === row.id);
  if (row.status === 'archived') return mine.map((container) => surplus(known, container, 'The workspace is archived and needs no container.'));

  const own = mine.find((container) => container.id === row.containerId) ?? adoptable(known, mine);
  const copies = mine.filter((container) => container !== own);
  return [
    ...(filesAreGone(known, machine) ? judgeLostFiles(known, own) : own ? judgeContainer(known, own, rows, machine) : judgeAbsence(known)),
    ...copies.map((container) => surplus(known, container, `The workspace has another container${own ? `, ${own.name}` : ''}; this one is a copy that nobody uses.`)),
  ];
}

/** Of a workspace that runs: one that is stopped is told so by its next start. */
function filesAreGone({ row }: KnownWorkspace, machine: Machine): boolean {
  return row.clonedAt !== null && shouldRun(row) && machine.lostFiles.has(row.id);
}

function judgeLostFiles({ row }: KnownWorkspace, own: SeenContainer | undefined): Finding[] {
  const container = own ? factsOf(own) : { id: null, status: null, startedAt: null };
  return [finding({ object: 'workspace-directory', name: row.name, workspaceId: row.id, action: 'repair', reason: lostFilesTrouble.sentence, effect: { do: 'recover', row, trouble: lostFilesTrouble, container } })];
}

/** A container that Anyon made and whose id never reached the row (the worker died in between): it must be ours by its labels and fit the workspace as it is now. */
function adoptable(known: KnownWorkspace, mine: readonly SeenContainer[]): SeenContainer | undefined {
  const fits = (container: SeenContainer) =>
    (known.spec === null || container.labels['anyon.spec'] === known.spec) && container.status !== 'dead' && container.status !== 'removing';
  return mine.find((container) => fits(container) && container.name === known.containerName) ?? mine.find(fits);
}

function surplus({ row }: KnownWorkspace, container: SeenContainer, why: string): Finding {
  const effect = { do: 'remove-container' as const, containerId: container.id, workspaceId: row.id, row };
  return finding({ object: 'container', name: container.name, workspaceId: row.id, action: 'remove', reason: `${why} It is removed.`, effect });
}

function judgeAbsence(known: KnownWorkspace): Finding[] {
  const { row } = known;
  const container: ContainerFacts = { id: null, status: null, startedAt: null };
  const about = { object: 'container' as const, name: known.containerName, workspaceId: row.id };
  if (row.status === 'unhealthy') return [];
  if (shouldRun(row)) {
    return [finding({ ...about, action: 'repair', reason: `${goneTrouble.sentence} A new one is made.`, effect: { do: 'recover', row, trouble: goneTrouble, container } })];
  }
  if (row.containerId === null && row.status === 'stopped') return [];
  const reason = row.containerId === null ? row.statusReason : 'Its container was removed outside Anyon. Starting makes a new one; the files are kept.';
  return [finding({ ...about, action: 'adopt', reason: 'The container is gone; the row still names it.', effect: { do: 'move', row, to: 'stopped', reason, container } })];
}

/**
 * Said to be running, and meant to. What is unhealthy already is in the hands of recovery, whose plan is not made anew; what is
 * stopped was stopped by a task, and only a task starts it.
 */
function shouldRun({ desired, status }: WorkspaceRow): boolean {
  return desired === 'running' && (status === 'running' || status === 'unknown');
}

function judgeContainer(known: KnownWorkspace, own: SeenContainer, rows: KnownRows, machine: Machine): Finding[] {
  const { row } = known;
  const trouble = containerTrouble(own, row.memoryBytes);
  if (trouble) return shouldRun(row) ? judgeBroken(known, own, trouble) : judgeStopped(known, own);
  return [...judgeName(known, own, machine, rows), ...judgeNetwork(known, own, machine, rows), ...judgeRunning(known, own, machine, rows)];
}

function judgeBroken(known: KnownWorkspace, own: SeenContainer, trouble: Trouble): Finding[] {
  const { row } = known;
  const effect = { do: 'recover' as const, row, trouble, container: factsOf(own) };
  return [finding({ object: 'container', name: own.name, workspaceId: row.id, action: 'repair', reason: `${trouble.sentence} The workspace should run: it is brought back.`, effect })];
}

/** Should not run and does not: only the row may be behind. */
function judgeStopped({ row }: KnownWorkspace, own: SeenContainer): Finding[] {
  if (row.status === 'unhealthy') return [];
  const asRow = row.status === 'stopped' && row.containerId === own.id && row.containerStatus === own.status;
  if (asRow) return [];
  const reason = row.status === 'stopped' ? row.statusReason : 'Its container was stopped outside Anyon.';
  const effect = { do: 'move' as const, row, to: 'stopped' as const, reason, container: factsOf(own) };
  return [finding({ object: 'workspace', name: row.name, workspaceId: row.id, action: 'adopt', reason: `Its container is ${own.status}; the row said ${row.status}.`, effect })];
}

function judgeRunning(known: KnownWorkspace, own: SeenContainer, machine: Machine, rows: KnownRows): Finding[] {
  const { row } = known;
  // A start that failed half-way leaves a running container, whose isolation may be unproved: only a start may call that running.
  if (row.status === 'unhealthy') return [];
  if (shouldRun(row) && onNetwork(known, own, machine, rows) === 'gone') return []; // told with its network
  const reason = runningReason(known, machine);
  const asRow = row.status === 'running' && row.containerId === own.id && row.containerStatus === 'running' && row.statusReason === reason;
  const startedAt = own.startedAt ?? row.containerStartedAt?.toISOString() ?? null;
  if (asRow && startedAt === (row.containerStartedAt?.toISOString() ?? null)) return [];
  const about = { object: 'workspace' as const, name: row.name, workspaceId: row.id, action: 'adopt' as const };
  const container = { ...factsOf(own), startedAt };
  if (row.status === 'running') return [finding({ ...about, reason: differenceOfFacts(known, own, reason), effect: { do: 'note', row, reason, container } })];
  return [finding({ ...about, reason: `Its container runs; the row said ${row.status}.`, effect: { do: 'move', row, to: 'running', reason, container } })];
}

function runningReason({ row }: KnownWorkspace, machine: Machine): string | null {
  if (machine.absentImages.has(row.image)) return `The image ${row.image} was removed from this machine. The container goes on without it, the next start needs it.`;
  return row.desired === 'stopped' ? 'Its container was started outside Anyon. Stop it here, or start it here to keep it running.' : null;
}

function differenceOfFacts({ row }: KnownWorkspace, own: SeenContainer, reason: string | null): string {
  if (row.containerId !== own.id) return `The container ${own.name} carries its labels and fits; the row knew ${row.containerId ? 'another one, which is gone' : 'none'}.`;
  if (reason !== row.statusReason) return reason ?? 'What the row said about it is over.';
  return 'Its container was started again outside Anyon.';
}

function judgeName(known: KnownWorkspace, own: SeenContainer, machine: Machine, rows: KnownRows): Finding[] {
  if (own.name === known.containerName) return [];
  const about = { object: 'container' as const, name: own.name, workspaceId: known.row.id };
  const taken = machine.containers.find((container) => container.name === known.containerName);
  if (!taken) {
    const effect = { do: 'rename-container' as const, row: known.row, containerId: own.id, name: known.containerName };
    return [finding({ ...about, action: 'repair', reason: `It was renamed outside Anyon; it gets its name ${known.containerName} back.`, effect })];
  }
  const whose = isLookAlike(taken, rows.instance) ? ', which Anyon did not make,' : '';
  return [finding({ ...about, action: 'leave', reason: `It does not have its name: ${known.containerName} is the name of another container${whose} now. Anyon knows it by its labels.`, effect: null })];
}

function judgeNetwork(known: KnownWorkspace, own: SeenContainer, machine: Machine, rows: KnownRows): Finding[] {
  const { row } = known;
  const found: Finding[] = [];
  const state = onNetwork(known, own, machine, rows);
  if (state === 'off') {
    const effect = { do: 'connect-network' as const, row, container: factsOf(own), network: known.networkName };
    found.push(finding({ object: 'network', name: known.networkName, workspaceId: row.id, action: 'repair', reason: 'The container was taken off its network outside Anyon; it is put back.', effect }));
  }
  if (state === 'gone' && shouldRun(row)) {
    const effect = { do: 'recover' as const, row, trouble: networkGoneTrouble, container: factsOf(own) };
    found.push(finding({ object: 'network', name: known.networkName, workspaceId: row.id, action: 'repair', reason: `${networkGoneTrouble.sentence} Network and container are made anew.`, effect }));
  }
  const others = own.attachedNetworks.filter((name) => name !== known.networkName);
  if (others.length > 0) {
    const reason = `The container is also on ${others.join(', ')}, put there outside Anyon: what is on that network can reach it, and it can reach that. Take it off with: docker network disconnect ${others[0]} ${own.name}`;
    found.push(finding({ object: 'network', name: others.join(', '), workspaceId: row.id, action: 'leave', reason, effect: null }));
  }
  return found;
}

/** Gone is also a network of that name that somebody else made: the container may not go there. */
function onNetwork(known: KnownWorkspace, own: SeenContainer, machine: Machine, { instance }: KnownRows): 'on' | 'off' | 'gone' {
  if (own.attachedNetworks.includes(known.networkName)) return 'on';
  return machine.networks.some(({ name, labels }) => name === known.networkName && workspaceOf(labels, instance) === known.row.id) ? 'off' : 'gone';
}

function factsOf(container: SeenContainer): ContainerFacts {
  return { id: container.id, status: container.status, startedAt: container.startedAt };
}
