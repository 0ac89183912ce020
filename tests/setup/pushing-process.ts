import { requireRunAccess } from '@/server/runs/access';
import { pushBranch } from '@/server/runs/publishing/push-branch';

/** Pushes the branch of a run as a web process does, on the database and directories that its environment names. Made to be killed. */
const [, , actor = '', runId = ''] = process.argv;
await pushBranch(await requireRunAccess(JSON.parse(actor) as Parameters<typeof requireRunAccess>[0], runId), { force: false });
process.stdout.write('pushed\n');
