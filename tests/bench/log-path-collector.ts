import { startCollector, type Collector } from '@/server/runs/collector';
import { storeRunEvents } from '@/server/runs/run-events';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import type { Collect } from '@/tests/bench/log-path-messages';

/** The worker's part of the path: the product's collectors, masking and storing events, for all runs of a measurement. */
let collectors: Collector[] = [];

async function collect(request: Collect): Promise<number> {
  const needles = secretNeedles(request.secrets);
  const masker = createMasker(needles);
  collectors = await Promise.all(
    request.runs.map(async ({ runId, rawDirectory, logDirectory }) =>
      startCollector({
        rawDirectory,
        logDirectory,
        masker,
        parsedUpTo: 0,
        onLines: async (lines, parsedUpTo) => {
          await storeRunEvents({ id: runId, fence: 0 }, masker, lines, parsedUpTo);
        },
      }),
    ),
  );
  return needles.length;
}

process.on('message', (request: Collect | 'finish') => {
  const work = request === 'finish' ? Promise.all(collectors.map(async (collector) => collector.finish())) : collect(request);
  void work.then((answer) => process.send?.(answer));
});
process.send?.('ready');
