import type { Actor } from '@/contract/actor';
import { createWorkspaceInput } from '@/contract/workspace';
import { requireRunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { deletePersonSecret, setSecret } from '@/server/secrets/change-person-secrets';
import { listSecrets } from '@/server/secrets/person-secrets';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { archiveWorkspace } from '@/server/workspaces/archive-workspace';
import { startBatch } from '@/server/workspaces/batches/start-batch';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { restartWorkspace } from '@/server/workspaces/restart-workspace';
import { restoreWorkspace } from '@/server/workspaces/restore-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { syncWorkspace } from '@/server/workspaces/sync-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { chanceFrom, type Chance } from '@/tests/faults/chosen-by-seed';
import { actions, type Action } from '@/tests/faults/history/history';

/** What all clients know of: they work on the same things, or they would never meet. */
export interface SharedThings {
  repositoryUrl: string;
  workspaces: string[];
  runs: string[];
  /** So many workspaces at most. */
  room: number;
}

/** One thing to ask; `perform` returns what was told. */
export interface RandomOperation {
  action: Action;
  targets: readonly string[];
  perform(): Promise<string | null>;
}

/** How often each is chosen, by comparison. What ends things is rarer than what needs them. */
const weights: Readonly<Record<Action, number>> = { create: 5, start: 8, stop: 3, restart: 3, sync: 2, archive: 1, restore: 3, delete: 1, 'batch-start': 2, 'batch-stop': 1, 'start-run': 12, 'follow-up': 3, interrupt: 2, 'stop-run': 3, 'set-secret': 2, 'delete-secret': 1, 'list-secrets': 2, 'read-workspace': 7, 'read-run': 6 };
const chosen = actions.flatMap((action) => Array.from({ length: weights[action] }, () => action));
const SECRET_NAMES = ['FIRST_KEY', 'SECOND_KEY'];

/** The operations of one client, by a seed: the same choices as long as the answers are the same. */
export class RandomOperations {
  readonly #actor: Actor;
  readonly #shared: SharedThings;
  readonly #chance: Chance;
  readonly #own: string[] = [];
  #made = 0;

  constructor(actor: Actor, shared: SharedThings, seed: number) {
    this.#actor = actor;
    this.#shared = shared;
    this.#chance = chanceFrom(seed);
  }

  next(): RandomOperation {
    const { workspaces, runs, room } = this.#shared;
    const wanted = this.#chance.oneOf(chosen);
    if (wanted.endsWith('secret') || wanted === 'list-secrets') return this.#aboutSecrets(wanted);
    if (workspaces.length < 2 || (wanted === 'create' && workspaces.length < room)) return this.create();
    const workspaceId = this.#somewhere();
    if (wanted === 'batch-start' || wanted === 'batch-stop') return this.#batch(wanted);
    if (wanted === 'follow-up' || wanted === 'interrupt' || wanted === 'stop-run' || wanted === 'read-run') return runs.length === 0 ? this.#startRun(workspaceId) : this.#aboutRun(wanted, this.#chance.oneOf(runs.slice(-4)));
    return wanted === 'start-run' ? this.#startRun(workspaceId) : this.#aboutWorkspace(wanted === 'create' ? 'start' : wanted, workspaceId);
  }

  /** Mostly where others are at work as well; who may not go there knocks only now and then. */
  #somewhere(): string {
    const [mine] = this.#own.filter((id) => this.#shared.workspaces.includes(id));
    const common = this.#chance.oneOf(this.#shared.workspaces);
    return this.#actor.role === 'member' && mine !== undefined ? this.#chance.oneOf([mine, mine, mine, mine, common]) : common;
  }

  create(): RandomOperation {
    const input = createWorkspaceInput.parse({ repositoryUrl: this.#shared.repositoryUrl, name: `${this.#actor.login} ${++this.#made}`, limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1 } });
    return {
      action: 'create',
      targets: [],
      perform: async () => {
        const { id } = await createWorkspace(this.#actor, input);
        this.#shared.workspaces.push(id);
        this.#own.push(id);
        return id;
      },
    };
  }

  #startRun(workspaceId: string): RandomOperation {
    return {
      action: 'start-run',
      targets: [workspaceId],
      perform: async () => {
        const { id } = await startRun(await requireWorkspaceAccess(this.#actor, workspaceId), { prompt: this.#prompt() });
        this.#shared.runs.push(id);
        return id;
      },
    };
  }

  /** Each is a line in a file outside of every worktree, by which executions are counted. */
  #prompt(): string {
    const mark = `mark-${this.#actor.login}-${++this.#made}-`;
    return `[[sim:bash cmd="echo ${mark} >> /workspace/executions; sleep ${this.#chance.oneOf([0, 1, 3])}"]] [[sim:text text="done"]]`;
  }

  #aboutRun(action: 'follow-up' | 'interrupt' | 'stop-run' | 'read-run', runId: string): RandomOperation {
    const prompt = this.#prompt();
    const access = () => requireRunAccess(this.#actor, runId);
    const perform: Record<typeof action, () => Promise<string | null>> = {
      'follow-up': async () => (await addFollowUp(await access(), { prompt, now: false })).followUpId,
      interrupt: async () => (await addFollowUp(await access(), { prompt, now: true })).followUpId,
      'stop-run': async () => stopRun(await access()).then(() => null),
      'read-run': async () => (await getRun(await access())).status,
    };
    return { action, targets: [runId], perform: perform[action] };
  }

  #aboutWorkspace(action: Action, workspaceId: string): RandomOperation {
    const commands: Partial<Record<Action, (access: WorkspaceAccess) => Promise<unknown>>> = { start: startWorkspace, stop: stopWorkspace, restart: restartWorkspace, sync: syncWorkspace, archive: archiveWorkspace, restore: restoreWorkspace, delete: deleteWorkspace };
    const perform = async () => {
      const access = await requireWorkspaceAccess(this.#actor, workspaceId);
      if (action === 'read-workspace') return (await getWorkspace(access)).status;
      await commands[action]?.(access);
      if (action === 'delete') this.#shared.workspaces.splice(0, Infinity, ...this.#shared.workspaces.filter((id) => id !== workspaceId));
      return null;
    };
    return { action, targets: [workspaceId], perform };
  }

  #batch(action: 'batch-start' | 'batch-stop'): RandomOperation {
    const targets = this.#chance.shuffled(this.#shared.workspaces).slice(0, 3);
    return { action, targets, perform: async () => (await startBatch(this.#actor, { action: action === 'batch-start' ? 'start' : 'stop', selection: { workspaceIds: targets } })).batchId };
  }

  #aboutSecrets(action: Action): RandomOperation {
    const name = this.#chance.oneOf(SECRET_NAMES);
    const names = async () => (await listSecrets(this.#actor)).map((secret) => secret.name).join(',');
    if (action === 'list-secrets') return { action, targets: [], perform: names };
    const remove = async () => {
      const found = (await listSecrets(this.#actor)).find((secret) => secret.name === name);
      if (found) await deletePersonSecret(this.#actor, found.id);
      return null;
    };
    const set = async () => setSecret(this.#actor, { name, value: `value of nobody’s ${++this.#made}` }).then(() => null);
    return { action, targets: [name], perform: action === 'set-secret' ? set : remove };
  }
}
