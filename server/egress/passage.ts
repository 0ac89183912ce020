import type net from 'node:net';
import { dial } from '@/server/egress/dial';
import type { Destination } from '@/server/outbound/destination';
import type { LookupHost } from '@/server/outbound/lookup-host';
import { judge, type CommonPolicy, type WorkspacePolicy } from '@/server/egress/policy';
import { AnyonError, isAnyonError } from '@/server/errors';

/** Where policies come from; `PolicyStore` in the product. */
export interface Policies {
  readonly common: CommonPolicy | null;
  find(address: string): WorkspacePolicy | null;
  findOrAsk(address: string): Promise<WorkspacePolicy | null>;
  onChange: () => void;
}

export interface PassageOptions {
  policies: Policies;
  lookup: LookupHost;
  onRefusal: (workspaceId: string, destination: Destination, reason: string) => void;
}

/** A connection that may be used, and on what condition. */
export interface Passage {
  upstream: net.Socket;
  mustNameHost: boolean;
  /** Counts and describes a refusal that comes to light only now. */
  refuse: (reason: string) => void;
}

interface Standing {
  source: string;
  workspaceId: string;
  destination: Destination;
  close: () => void;
}

/** The one way out: decides, counts what is refused, dials, and cuts what a later change of the policy forbids. */
export class Passages {
  readonly #options: PassageOptions;
  readonly #standing = new Set<Standing>();

  constructor(options: PassageOptions) {
    this.#options = options;
    options.policies.onChange = () => this.#cutForbidden();
  }

  /** A connection to `destination` for whoever has the address `source`. Throws `forbidden`, `unavailable` or `not_found` with a sentence. */
  async open(source: string, destination: Destination, signal: AbortSignal): Promise<Passage> {
    const { policies, lookup, onRefusal } = this.#options;
    const workspace = await policies.findOrAsk(source);
    const { common } = policies;
    if (!common) throw new AnyonError('unavailable', 'What workspaces may reach is not known yet, because the database does not answer. Try again in a moment.');
    if (!workspace) throw new AnyonError('forbidden', `The address ${source} belongs to no workspace.`);
    const refuse = (reason: string) => onRefusal(workspace.workspaceId, destination, reason);
    const verdict = judge(workspace, common, destination);
    if (!verdict.allowed) {
      refuse(verdict.reason);
      throw new AnyonError('forbidden', verdict.reason);
    }
    try {
      const upstream = await dial({ destination, mayBePrivate: verdict.mayBePrivate, lookup, signal });
      this.#watch({ source, workspaceId: workspace.workspaceId, destination, close: () => upstream.destroy() }, upstream);
      return { upstream, mustNameHost: verdict.mustNameHost, refuse };
    } catch (error) {
      if (isAnyonError(error) && error.kind === 'forbidden') refuse(error.message);
      throw error;
    }
  }

  /** Cuts every connection. */
  cutAll(): void {
    for (const { close } of this.#standing) close();
  }

  #watch(standing: Standing, upstream: net.Socket): void {
    this.#standing.add(standing);
    upstream.on('error', () => upstream.destroy()); // also while nobody pipes from it yet
    upstream.once('close', () => this.#standing.delete(standing));
  }

  #cutForbidden(): void {
    const { policies } = this.#options;
    for (const { source, workspaceId, destination, close } of this.#standing) {
      const workspace = policies.find(source);
      const isSame = workspace?.workspaceId === workspaceId;
      if (!workspace || !isSame || !policies.common || !judge(workspace, policies.common, destination).allowed) close();
    }
  }
}
