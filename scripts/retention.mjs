// `npm run retention -- --dry-run`: what will go by the rules of System, Retention, why, and how many bytes; without `--dry-run` the worker applies them now. Needs a running Anyon.
import { setupMain } from './setup/main.mjs';
import { runProductCommand } from './setup/product-command.mjs';
import { say } from './setup/progress.mjs';

const unknown = process.argv.slice(2).filter((word) => !['--dry-run', '--json'].includes(word));
if (unknown.length > 0) {
  say('npm run retention -- --dry-run          shows what will go by the rules, and changes nothing\nnpm run retention -- --dry-run --json   the same for programs\nnpm run retention                       asks for a round now; a rule that was just changed still waits its day');
  process.exitCode = 2;
} else await setupMain('npm run retention', () => runProductCommand('retention-command.mjs', process.argv.slice(2), { ANYON_LOG_LEVEL: 'silent' }), { lock: false });
