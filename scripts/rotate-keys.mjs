// `npm run rotate-keys`: seals every stored secret with ANYON_SECRET_KEY, so that the keys before it can go. Needs a running Anyon.
import { setupMain } from './setup/main.mjs';
import { runProductCommand } from './setup/product-command.mjs';

await setupMain('npm run rotate-keys', () => runProductCommand('rotate-keys-command.mjs', []), { lock: false });
