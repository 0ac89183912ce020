export { egressRefusals, privateDestinations } from '@/db/schema/egress';
export { runEvents, runs } from '@/db/schema/runs';
export { sessions, setupTokens } from '@/db/schema/sessions';
export { batches, batchItems, reconcileReports, taskAttempts, tasks } from '@/db/schema/tasks';
export { users } from '@/db/schema/users';
export { checkpoints, engineState, removedWorkspaces, templates, workspaceMetrics, workspaces } from '@/db/schema/workspaces';
