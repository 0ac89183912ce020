// `npm run images`: makes the runtime image (and its base where no registry answers). Also part of `npm run up` and `npm test`.
import { ensureEngine } from './setup/docker-engine.mjs';
import { step } from './setup/progress.mjs';
import { ensureRuntimeImage } from './setup/runtime-image.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupMain } from './setup/main.mjs';

await setupMain('npm run images', async () => {
  const settings = readSettings();
  await step('Docker Engine', (news) => ensureEngine(settings, news));
  await step(`Runtime image ${settings.image}`, (news) => ensureRuntimeImage(settings, news));
});
