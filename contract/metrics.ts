import { z } from 'zod';

/** One reading of what a workspace uses. Bytes; CPUs in cores; network counts since the container's start. */
export const metricsSchema = z.object({
  at: z.date(),
  cpus: z.number(),
  memoryBytes: z.number(),
  memoryLimitBytes: z.number(),
  pids: z.number().int(),
  networkReceivedBytes: z.number(),
  networkSentBytes: z.number(),
  /** Files of the workspace on the VM's disk; measured more rarely than the rest. */
  diskBytes: z.number().nullable(),
});
export type Metrics = z.infer<typeof metricsSchema>;

export const workspaceMetricsSchema = z.object({ workspaceId: z.uuid(), metrics: metricsSchema });
export type WorkspaceMetrics = z.infer<typeof workspaceMetricsSchema>;

/** How often a reading is taken and how long readings are kept. */
export const METRICS_EVERY_SECONDS = 10;
export const METRICS_KEPT_MINUTES = 70;

/** Absent: all workspaces that the actor may see. */
export const followMetricsInput = z.object({ workspaceId: z.uuid().optional() });
