import { statSync } from 'node:fs';
import path from 'node:path';
import { BaseSequencer } from 'vitest/node';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Where several files run at a time, one long file that begins last would be waited for alone. These take longest, the longest
 * first; the order is all that matters. The others follow by their size, the largest first.
 * @type {readonly string[]}
 */
export const LONGEST = [
  'tests/integration/compose-stack.test.ts',
  'tests/integration/parked-runs.test.ts',
  'tests/integration/claude-cli.test.ts',
  'tests/integration/dev-environment.test.ts',
  'tests/integration/reconcile.test.ts',
  'tests/integration/watchdog.test.ts',
  'tests/integration/setup-script.test.ts',
  'tests/integration/worker-death.test.ts',
  'tests/integration/claude-connection.test.ts',
  'tests/integration/checkpoints.test.ts',
  'tests/integration/anyon-run-checkpoint.test.ts',
  'tests/integration/anyon-run.test.ts',
  'tests/integration/workspace-life.test.ts',
  'tests/integration/container-service.test.ts',
  'tests/integration/publishing.test.ts',
  'tests/integration/network-ranges.test.ts',
  'tests/integration/questions.test.ts',
  'tests/integration/disk-quota.test.ts',
  'tests/integration/secret-injection.test.ts',
  'tests/integration/anyon-run-review.test.ts',
  'tests/integration/egress-proxy.test.ts',
  'tests/integration/claude-login.test.ts',
  'tests/integration/admission.test.ts',
  'tests/integration/anyon-run-keep.test.ts',
  'tests/integration/container-runtime.test.ts',
  'tests/integration/metrics.test.ts',
  'tests/integration/reconcile-leaks.test.ts',
  'tests/integration/review.test.ts',
  'tests/integration/masking-sinks.test.ts',
  'tests/integration/embedded-postgres.test.ts',
  'tests/integration/task-queue.test.ts',
  'tests/integration/resume-run.test.ts',
  'tests/integration/retry-run.test.ts',
  'tests/integration/run-lifecycle.test.ts',
  'tests/integration/pull-requests.test.ts',
  'tests/integration/batches.test.ts',
  'tests/integration/access-walk.test.ts',
  'tests/faults/every-step.test.ts',
  'tests/faults/engine-answers.test.ts',
  'tests/faults/behind-our-back.test.ts',
  'tests/faults/engine-killed.test.ts',
  'tests/faults/engine-faults.test.ts',
  'tests/faults/upgrade.test.ts',
  'tests/faults/server-killed.test.ts',
  'tests/faults/up-and-down.test.ts',
  'tests/faults/parked-run-killed.test.ts',
  'tests/faults/secrets-left-behind.test.ts',
  'tests/faults/key-rotation.test.ts',
  'tests/e2e/axe.test.ts',
  'tests/e2e/hostile-text.test.ts',
  'tests/e2e/many-windows.test.ts',
  'tests/e2e/run-page.test.ts',
  'tests/e2e/board.test.ts',
  'tests/e2e/preview.test.ts',
  'tests/e2e/watch-run.test.ts',
  'tests/e2e/canary.test.ts',
];

/** The order in which files begin, the same on every machine: Vitest's own goes by what its cache remembers. */
export class LongestFirst extends BaseSequencer {
  /** @param {import('vitest/node').TestSpecification[]} files */
  async sort(files) {
    const place = ({ moduleId }) => {
      const found = LONGEST.indexOf(path.relative(root, moduleId));
      return found < 0 ? LONGEST.length : found;
    };
    const group = ({ project }) => project.config.sequence.groupOrder;
    const ranked = files.map((file) => ({ file, group: group(file), place: place(file), size: statSync(file.moduleId).size }));
    return ranked.sort((one, other) => one.group - other.group || one.place - other.place || other.size - one.size).map(({ file }) => file);
  }
}
