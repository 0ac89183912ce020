// Builds dist/ in the image of docker/app/Dockerfile, where the dependencies lie already, and takes away what only a build needs. A dist/ that was built
// from these very sources is taken as it is: .dockerignore leaves it out, and whoever lets it in (a pipeline that has just built and tested it) saves the time.
import fs from 'node:fs';
import { buildIsCurrent, buildProduct } from '../../scripts/setup/build-product.mjs';
import { noteDependencies } from '../../scripts/setup/dependencies.mjs';
import { inProject } from '../../scripts/setup/project.mjs';

const started = performance.now();
try {
  noteDependencies();
  if (!buildIsCurrent()) await buildProduct((line) => process.stdout.write(`${line}\n`));
  fs.rmSync(inProject('.next'), { recursive: true, force: true });
  process.stdout.write(`built in ${Math.round((performance.now() - started) / 1000)} s\n`);
} catch (error) {
  process.stderr.write(`${[error.message, error.detail, error.fix].filter(Boolean).join('\n')}\n`);
  process.exitCode = 1;
}
