import { and, eq, lt, sql } from 'drizzle-orm';
import type { PreviewPlace } from '@/contract/preview';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { admitVisitor } from '@/server/workspaces/previews/preview-passes';

/** How long an answer of the rows serves for further requests. */
const BELIEVED_MS = 2_000;
/** What is open is asked about so often; with the above an end of access is an end of everything within five seconds. */
const CHECK_EVERY_MS = 2_000;
const MOST_KNOWN = 10_000;

/** Something that is going on for a visitor and ends with their leave to be here. */
export interface OpenVisit {
  cookie: string;
  place: PreviewPlace;
  end(): void;
}

interface Knowledge {
  at: number;
  asked: Promise<WorkspaceAccess | null>;
}

/** Who may see which preview, asked of the rows again and again; and what is open for whom. */
export class Visitors {
  readonly #known = new Map<string, Knowledge>();
  readonly #open = new Set<OpenVisit>();
  readonly #clock = setInterval(() => void this.#look(), CHECK_EVERY_MS);

  /** The access of whoever holds this cookie; null when it is worth nothing here. Throws when the rows cannot be asked. */
  async admit(cookie: string, place: PreviewPlace): Promise<WorkspaceAccess | null> {
    const key = `${place.workspaceId} ${place.port} ${cookie}`;
    const known = this.#known.get(key);
    if (known && performance.now() - known.at < BELIEVED_MS) return known.asked;
    const asked = askRows(cookie, place);
    this.#known.set(key, { at: performance.now(), asked });
    asked.catch(() => this.#known.delete(key));
    const access = await asked;
    if (access) await noteUse(place.workspaceId);
    return access;
  }

  /** Returns the function to be called when it is over. */
  opened(visit: OpenVisit): () => void {
    this.#open.add(visit);
    return () => void this.#open.delete(visit);
  }

  /** How many are open at a place. */
  openAt({ workspaceId, port }: PreviewPlace): number {
    let count = 0;
    for (const { place } of this.#open) if (place.workspaceId === workspaceId && place.port === port) count += 1;
    return count;
  }

  get openInAll(): number {
    return this.#open.size;
  }

  close(): void {
    clearInterval(this.#clock);
    for (const visit of this.#open) visit.end();
  }

  /** Nobody stays who may not be here any more, or about whom nobody can be asked. */
  async #look(): Promise<void> {
    const now = performance.now();
    for (const [key, { at }] of this.#known) if (now - at > BELIEVED_MS || this.#known.size > MOST_KNOWN) this.#known.delete(key);
    const answers = new Map<string, Promise<WorkspaceAccess | null>>();
    for (const visit of this.#open) {
      const key = `${visit.place.workspaceId} ${visit.place.port} ${visit.cookie}`;
      const asked = answers.get(key) ?? askRows(visit.cookie, visit.place);
      answers.set(key, asked);
      asked.then((access) => access?.workspace.status === 'running', () => false).then((stays) => stays || visit.end(), () => visit.end());
    }
  }
}

async function askRows(cookie: string, place: PreviewPlace): Promise<WorkspaceAccess | null> {
  try {
    return await admitVisitor(cookie, place);
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

/** Looking puts off the idle stop; written down at most once a minute. What stays open by itself does not. */
async function noteUse(workspaceId: string): Promise<void> {
  await database()
    .update(workspaces)
    .set({ lastUsedAt: sql`now()` })
    .where(and(eq(workspaces.id, workspaceId), lt(workspaces.lastUsedAt, sql`now() - interval '1 minute'`)));
}
