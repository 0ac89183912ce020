/** What the status subscription sends: ids of what changed since the last event. The browser refetches what it shows of these. */
export interface ChangeEvent {
  workspaceIds: string[];
  runIds: string[];
  batchIds: string[];
}
