/** What Drizzle throws when a query fails. Its message is the query with every value in it, which may be prompts or a whole piece of a log: neither may get into a log line or a reason. */
interface QueryFailure extends Error {
  query: string;
  params: unknown;
}

/** Enough to see which query it was; one that inserts hundreds of rows names as many places for values. */
const MAX_QUERY_CHARACTERS = 300;

/** The error's message; of a failed query without its values. */
export function messageOf(error: Error): string {
  return isQueryFailure(error) ? `Failed query: ${error.query.slice(0, MAX_QUERY_CHARACTERS)}` : error.message;
}

export function isQueryFailure(error: Error): error is QueryFailure {
  return 'query' in error && typeof error.query === 'string' && 'params' in error;
}
