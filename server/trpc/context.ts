import type { Actor } from '@/contract/actor';
import { findActor } from '@/server/auth/actor';

/** What every procedure gets. `actor` is null for a caller who is not signed in; `procedure.member` makes it certain. */
export interface Context {
  readonly actor: Actor | null;
}

/** Makes the context of one request. Throws when it cannot be told who is asking. */
export async function createContext(request: { headers: Headers }): Promise<Context> {
  return { actor: await findActor(request.headers) };
}
