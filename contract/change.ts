/** What else a page shows, beside workspaces, runs and batches. */
export const changeTopics = ['connections', 'alerts'] as const;
export type ChangeTopic = (typeof changeTopics)[number];

/** What the status subscription sends: ids of what changed since the last event, and topics with news for the actor. The browser refetches what it shows of these. */
export interface ChangeEvent {
  workspaceIds: string[];
  runIds: string[];
  batchIds: string[];
  topics: ChangeTopic[];
}
