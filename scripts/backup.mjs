// `npm run backup [-- <folder>]`: database, masked logs and kept work in one file, beside a running Anyon or without one.
import path from 'node:path';
import { runningParent } from './setup/product-status.mjs';
import { runOfflineCommand, runProductCommand } from './setup/product-command.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

// npm changes to the project folder; a path is meant as it was typed.
const folder = process.argv.slice(2, 3).map((given) => path.resolve(process.env.INIT_CWD ?? '', given));
const SILENT = { ANYON_LOG_LEVEL: 'silent' };
const run = () => (runningParent(readSettings()) ? runProductCommand : runOfflineCommand)('backup-command.mjs', folder, SILENT);

await setupUnderProductNode('npm run backup', import.meta.url, { work: run, lock: false });
