export { runEvents, runs } from '@/db/schema/runs';
export { sessions, setupTokens } from '@/db/schema/sessions';
export { users } from '@/db/schema/users';
export { workspaces } from '@/db/schema/workspaces';
