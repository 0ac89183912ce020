import { z } from 'zod';

/** Something that waits until the VM has room for it. */
export const waitingSchema = z.object({
  kind: z.enum(['task', 'run']),
  id: z.uuid(),
  workspaceId: z.uuid(),
  workspaceName: z.string(),
  /** 1 goes next. */
  position: z.number().int(),
  needsBytes: z.number(),
  /** Why it waits and when it goes on, as a sentence. */
  reason: z.string(),
  since: z.date(),
});
export type Waiting = z.infer<typeof waitingSchema>;

/** Memory and disk of the VM as admission counts them. Bytes. */
export const capacitySchema = z.object({
  memory: z.object({
    total: z.number(),
    /** Kept free for the system, Postgres and Anyon. */
    reserve: z.number(),
    /** Counted for what runs: limits of workspaces with live runs, use of idle ones. */
    committed: z.number(),
    /** What may still be given out; never below 0. */
    free: z.number(),
    /** What the kernel says could be used right now. */
    available: z.number(),
  }),
  /** Of the file system that holds the data directory; `free` is what is left above the reserve. */
  disk: z.object({ total: z.number(), reserve: z.number(), used: z.number(), free: z.number() }),
  workspacesRunning: z.number().int(),
  runsLive: z.number().int(),
  /** How many more workspaces of the default limits could work at once. */
  fitsMore: z.number().int(),
  /** What of the actor's own waits (of everybody's, for an admin). */
  waiting: z.array(waitingSchema),
});
export type Capacity = z.infer<typeof capacitySchema>;
export const fitsInput = z.object({ memoryBytes: z.number().int().positive() });
