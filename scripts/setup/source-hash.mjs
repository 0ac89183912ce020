import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { filesBelow, hashFiles } from './file-hash.mjs';
import { inProject, projectDir } from './project.mjs';

const FOLDERS = ['app', 'cli', 'components', 'contract', 'server', 'db', 'public'];
const FILES = ['next.config.mjs', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json', 'proxy.ts', 'instrumentation.ts', 'scripts/setup/build-cli.mjs', 'scripts/setup/build-product.mjs', 'scripts/setup/line-map.mjs', 'scripts/setup/slim-web.mjs'];

/** Hash of everything that goes into a build. Equal hash, equal build. */
export function buildHash() {
  const inFolders = FOLDERS.flatMap((folder) => filesBelow(inProject(folder))).filter((file) => !/\.test\.tsx?$/.test(file));
  const single = FILES.map((file) => inProject(file)).filter((file) => fs.existsSync(file));
  return hashFiles([...inFolders, ...single], projectDir).slice(0, 16);
}

/** Names what a parent runs: build, simulator and the settings it was given. Another value means that it must be restarted. */
export function releaseName(environment) {
  const settings = Object.entries(environment).filter(([name]) => /^(ANYON_|AUTH_)/.test(name) || ['DATABASE_URL', 'DOCKER_HOST'].includes(name));
  const relevant = settings.filter(([name]) => !['ANYON_SETUP_CONTINUES', 'ANYON_RELEASE'].includes(name)).sort();
  const simulator = hashFiles(filesBelow(inProject('docker/claude-simulator')), projectDir);
  return createHash('sha256').update(JSON.stringify([buildHash(), simulator, relevant])).digest('hex').slice(0, 16);
}
