/** Who asks: a signed-in, enabled person with a live session. Made only by server/auth, from the session row, at every request. */
export interface Actor {
  readonly userId: string;
  readonly sessionId: string;
  readonly login: string;
  readonly role: 'admin' | 'member';
}
