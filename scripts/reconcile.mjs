// `npm run reconcile`: ends the differences between database and machine now; `-- --dry-run` only shows them. Needs a running Anyon.
import { setupMain } from './setup/main.mjs';
import { runProductCommand } from './setup/product-command.mjs';
import { say } from './setup/progress.mjs';

const unknown = process.argv.slice(2).filter((word) => word !== '--dry-run');
if (unknown.length > 0) {
  say('npm run reconcile                 ends what differs between the database and this machine\nnpm run reconcile -- --dry-run    only shows it');
  process.exitCode = 2;
} else await setupMain('npm run reconcile', () => runProductCommand('reconcile-command.mjs', process.argv.slice(2), { ANYON_LOG_LEVEL: 'silent' }), { lock: false });
