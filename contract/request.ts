/** Calls that one HTTP request may carry: the server refuses more, and clients make several requests of them. */
export const MAX_CALLS_PER_REQUEST = 20;
